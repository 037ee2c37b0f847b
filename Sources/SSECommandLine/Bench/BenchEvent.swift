/// A published event, as its data says: "RUN NUMBER SENT LATE xxx…". Times are of the machine's monotonic clock: they
/// mean something to the run that sent it alone.
struct BenchEvent: Sendable, Equatable {
  /// What the fields need at most, and so the least size of an event.
  static let leastSize = 80

  /// Another one for each run: events of others are none of its own.
  let run: UInt32
  let number: Int
  /// When it was sent, in nanoseconds.
  let sent: UInt64
  /// How much later than it was due.
  let late: UInt64

  init(run: UInt32, number: Int, sent: UInt64, late: UInt64) {
    self.run = run
    self.number = number
    self.sent = sent
    self.late = late
  }

  /// Nil where it is none of the run's own.
  init?(_ data: String, of run: UInt32) {
    var data = data
    // Its bytes are in one place: to go through them as characters of a string would take most of a delivery.
    let event = data.withUTF8 { bytes -> BenchEvent? in
      var rest = bytes[...]
      guard let itsRun = Self.field(&rest), itsRun == run, let number = Self.field(&rest),
        let sent = Self.field(&rest), let late = Self.field(&rest)
      else { return nil }
      return BenchEvent(run: run, number: Int(number), sent: sent, late: late)
    }
    guard let event else { return nil }
    self = event
  }

  /// A number of at most 18 digits and the space behind it.
  private static func field(_ rest: inout Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
    var value: UInt64 = 0
    var digits = 0
    while let byte = rest.popFirst() {
      guard byte != UInt8(ascii: " ") else { return digits > 0 ? value : nil }
      guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte, digits < 18 else { return nil }
      value = value * 10 + UInt64(byte - UInt8(ascii: "0"))
      digits += 1
    }
    return nil
  }

  /// The data, of this many bytes.
  func data(size: Int) -> [UInt8] {
    var data = Array("\(run) \(number) \(sent) \(late) ".utf8)
    data.reserveCapacity(size)
    while data.count < size { data.append(UInt8(ascii: "x")) }
    return data
  }
}
