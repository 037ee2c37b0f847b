import SSEHTTP1
import ServerSentEvents

/// An event as it goes over the wire, encoded once for all readers.
final class TopicEntry: Sendable {
  /// The whole chunk: size, CRLF, event, CRLF (RFC 9112, 7.1).
  let chunk: [UInt8]
  /// The event alone, for readers without chunks.
  let event: Range<Int>
  /// The line with the ID; what follows it is the same for every reader, whatever else it reads on its connection.
  let idLine: Range<Int>
  /// Of two events with the same key the newer stands for both; nil where the topic's rule does not ask.
  let key: String?
  /// On the monotonic clock, in nanoseconds.
  let publishedAt: UInt64

  /// An event that `Topic.check` has passed.
  init(_ event: ServerSentEvent, id: TopicID, key: String?, publishedAt: UInt64) {
    var event = event
    event.id = id.description
    var payload: [UInt8] = []
    try? EventEncoder.encode(event, into: &payload)  // Its type has been checked, its ID is our own.
    var chunk: [UInt8] = []
    ChunkedCoding.appendChunk(to: &chunk) { $0 += payload }
    let start = chunk.count - payload.count - 2
    self.chunk = chunk
    self.event = start..<(start + payload.count)
    // The encoder writes the type's line, if there is one, and then the ID's.
    let hasType = !event.type.isEmpty && event.type != "message"
    let idStart = start + (hasType ? "event: \(event.type)\n".utf8.count : 0)
    idLine = idStart..<(idStart + "id: \(id)\n".utf8.count)
    self.key = key
    self.publishedAt = publishedAt
  }

  /// The event as a reader gets it: with its ID, its line ends as they are sent. Never nil for an event that could be
  /// published.
  var decoded: ServerSentEvent? {
    var parser = EventParser(limits: EventStreamLimits(line: chunk.count, event: chunk.count))
    parser.append(chunk[event])
    // The limits are the event's own size: it cannot be too large.
    while let element = try? parser.next() {
      if case .event(let event) = element { return event }
    }
    return nil
  }
}
