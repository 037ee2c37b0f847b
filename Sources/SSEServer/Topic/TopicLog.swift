import SSEHTTP1
import ServerSentEvents

/// The last events of a topic, each encoded once, and where a reader that comes back goes on. A value without I/O.
struct TopicLog: Sendable {
  /// An event as it goes over the wire.
  struct Entry: Sendable {
    /// The whole chunk: size, CRLF, event, CRLF (RFC 9112, 7.1).
    let chunk: [UInt8]
    /// The event alone, for readers without chunks.
    let event: Range<Int>
  }

  /// What stands at a sequence number.
  enum Lookup {
    case entry(Entry)
    /// Not published yet.
    case notYet
    /// Dropped in favour of newer events.
    case gone
  }

  /// A hole between what a reader saw last and what it gets next.
  struct Gap: Encodable, Equatable {
    enum Reason: String, Encodable { case expired, unknown, restarted }
    /// The ID that the reader asked for.
    var after: String
    /// The ID of the oldest event held; empty when none is.
    var oldest: String
    var reason: Reason

    /// Appends the event that tells a reader of the hole; it has no ID.
    func encode(into buffer: inout [UInt8]) {
      // Neither can fail: its members are strings, and its type is our own.
      guard let data = try? JSON.text(self) else { return }
      try? EventEncoder.encode(ServerSentEvent(data: data, type: "gap"), into: &buffer)  // As above.
    }
  }

  /// Where a reader begins.
  struct Start: Equatable {
    var sequence: UInt64
    var gap: Gap?
  }

  /// Tells the IDs of this log from those of another that had the same name.
  let epoch: String
  /// The sequence number that the next event gets; the first is 1.
  private(set) var end: UInt64 = 1
  private let capacity: Int
  /// The entry of sequence number `n` stands at `n % capacity`.
  private var ring: [Entry] = []

  init(capacity: Int, epoch: String) {
    self.capacity = max(1, capacity)
    self.epoch = epoch
  }

  /// The oldest sequence number held; `end` when none is.
  var oldest: UInt64 { end - UInt64(ring.count) }

  /// Appends an event under the next ID, whatever ID it had, and returns that.
  mutating func append(_ event: ServerSentEvent) throws(EventStreamError) -> String {
    var event = event
    let id = id(of: end)
    event.id = id
    let entry = try Self.encode(event)
    // The first entry stands at 1 % capacity: the ring grows from its second place on, and wraps to the first.
    let place = Int((end - 1) % UInt64(capacity))
    if place < ring.count { ring[place] = entry } else { ring.append(entry) }
    end += 1
    return id
  }

  private static func encode(_ event: ServerSentEvent) throws(EventStreamError) -> Entry {
    var payload: [UInt8] = []
    try EventEncoder.encode(event, into: &payload)
    var chunk: [UInt8] = []
    ChunkedCoding.appendChunk(to: &chunk) { $0 += payload }
    let start = chunk.count - payload.count - 2
    return Entry(chunk: chunk, event: start..<(start + payload.count))
  }

  /// What most readers need of the log: they are at its end and take its newest entry.
  struct Glance: Sendable {
    let end: UInt64
    let newest: Entry?
  }

  var glance: Glance {
    guard end > oldest, case .entry(let newest) = lookUp(end - 1) else { return Glance(end: end, newest: nil) }
    return Glance(end: end, newest: newest)
  }

  func lookUp(_ sequence: UInt64) -> Lookup {
    if sequence >= end { return .notYet }
    if sequence < oldest { return .gone }
    return .entry(ring[Int((sequence - 1) % UInt64(capacity))])
  }

  /// Where a reader begins that saw `lastEventID` last: live without one, after it where that is held, else at the
  /// oldest held, and then it is told of the hole.
  func start(after lastEventID: String?) -> Start {
    guard let lastEventID, !lastEventID.isEmpty else { return Start(sequence: end) }
    let reason: Gap.Reason
    switch position(of: lastEventID) {
    case .here(let sequence) where sequence + 1 >= oldest && sequence < end: return Start(sequence: sequence + 1)
    case .here(let sequence): reason = sequence < end ? .expired : .unknown
    case .elsewhere: reason = .restarted
    case nil: reason = .unknown
    }
    let oldestID = oldest < end ? id(of: oldest) : ""
    return Start(sequence: oldest, gap: Gap(after: lastEventID, oldest: oldestID, reason: reason))
  }

  private enum Position {
    case here(UInt64)
    /// An ID of the same form, from another epoch.
    case elsewhere
  }

  private func position(of id: String) -> Position? {
    let parts = id.split(separator: "-", omittingEmptySubsequences: false)
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    // `UInt64` takes a sign too.
    guard parts.count == 2, !parts[0].isEmpty, parts[1].utf8.allSatisfy(digits.contains),
      let sequence = UInt64(parts[1]), sequence < .max
    else { return nil }
    return parts[0] == epoch ? .here(sequence) : .elsewhere
  }

  private func id(of sequence: UInt64) -> String { "\(epoch)-\(sequence)" }
}
