/// The ID that a topic gives to an event: `EPOCH-SEQUENCE`. The epoch, in base 36, tells the IDs of one log from those
/// of another that had the same name, as before a restart; the sequence is decimal and grows by one from 1.
struct TopicID: Hashable, Sendable, CustomStringConvertible {
  var epoch: String
  var sequence: UInt64

  init(epoch: String, sequence: UInt64) {
    self.epoch = epoch
    self.sequence = sequence
  }

  /// An ID of that form; nil for any other text.
  init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    // `UInt64` takes a sign too.
    guard parts.count == 2, !parts[0].isEmpty, parts[1].utf8.allSatisfy(digits.contains),
      let sequence = UInt64(parts[1]), sequence < .max
    else { return nil }
    self.init(epoch: String(parts[0]), sequence: sequence)
  }

  var description: String { "\(epoch)-\(sequence)" }

  /// The epoch of an empty log: 40 random bits, which another log hardly ever has too.
  static func newEpoch() -> String { epoch(randomEpoch()) }

  static func randomEpoch() -> UInt64 { UInt64.random(in: 0..<(1 << 40)) }

  static func epoch(_ number: UInt64) -> String { String(number, radix: 36) }
}
