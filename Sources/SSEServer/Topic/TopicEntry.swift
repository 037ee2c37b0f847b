import SSEHTTP1
import ServerSentEvents
import Synchronization

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
  /// In nanoseconds of `TopicClock`.
  let publishedAt: UInt64
  let compressed = Mutex(CompressedForms())

  /// An event that `Topic.check` has passed.
  convenience init(_ event: ServerSentEvent, id: TopicID, key: String?, publishedAt: UInt64) {
    var event = event
    event.id = id.description
    var encoded: [UInt8] = []
    try? EventEncoder.encode(event, into: &encoded)  // Its type has been checked, its ID is our own.
    // The encoder writes the type's line, if there is one, and then the ID's.
    let hasType = !event.type.isEmpty && event.type != "message"
    let idStart = hasType ? "event: \(event.type)\n".utf8.count : 0
    let idLine = idStart..<(idStart + "id: \(id)\n".utf8.count)
    self.init(encoded: encoded[...], idLine: idLine, key: key, publishedAt: publishedAt)
  }

  /// An event that was encoded before; nil where it has another ID or is not whole.
  convenience init?(encoded: ArraySlice<UInt8>, id: TopicID, key: String?, publishedAt: UInt64) {
    var idStart = encoded.startIndex
    if encoded.starts(with: "event: ".utf8) {
      guard let end = encoded.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
      idStart = end + 1
    }
    let idLine = Array("id: \(id)\n".utf8)
    guard encoded[idStart...].starts(with: idLine), encoded.suffix(2).elementsEqual("\n\n".utf8) else { return nil }
    let start = idStart - encoded.startIndex
    self.init(encoded: encoded, idLine: start..<(start + idLine.count), key: key, publishedAt: publishedAt)
  }

  /// - Parameter idLine: Where in `encoded` it stands.
  private init(encoded: ArraySlice<UInt8>, idLine: Range<Int>, key: String?, publishedAt: UInt64) {
    var chunk: [UInt8] = []
    chunk.reserveCapacity(encoded.count + ChunkedCoding.mostAdded)
    ChunkedCoding.appendChunk(to: &chunk) { $0 += encoded }
    let start = chunk.count - encoded.count - 2
    self.chunk = chunk
    event = start..<(start + encoded.count)
    self.idLine = (start + idLine.lowerBound)..<(start + idLine.upperBound)
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
