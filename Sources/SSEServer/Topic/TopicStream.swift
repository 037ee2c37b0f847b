/// Topics as the body of a response: one, or several with names, from a position on.
package final class TopicStream: Sendable {
  /// Topics on one connection at most. The position that a reader sends back names each.
  package static let mostTopics = 64
  static let longestName = 64

  /// Sorted by name. A single topic has none.
  let topics: [(name: String?, topic: Topic)]
  let lastEventID: String?
  let view: TopicView

  init(_ topic: Topic, after lastEventID: String?, view: TopicView) {
    topics = [(nil, topic)]
    self.lastEventID = lastEventID
    self.view = view
  }

  /// Topics that `check` has passed.
  init(_ topics: [String: Topic], after lastEventID: String?, view: TopicView) {
    self.topics = topics.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    self.lastEventID = lastEventID
    self.view = view
  }

  static func check(_ topics: [String: Topic]) throws(TopicError) {
    guard (1...mostTopics).contains(topics.count) else {
      throw .topicCount(topics.count, limit: mostTopics)
    }
    for name in topics.keys where !isName(name) { throw .invalidName(name) }
    for (name, topic) in topics where topics.contains(where: { $0.key != name && $0.value === topic }) {
      throw .joinedTwice(name: name)
    }
  }

  /// 1 to 64 of `A–Z a–z 0–9 . _ -`.
  package static func isName(_ name: String) -> Bool {
    (1...longestName).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }

  /// The position asked for in each topic, in their order; nil begins live. Of an ID that names positions in several
  /// topics (`a=1k-17,b=1k-4`) each gets its own; names that are not joined here are ignored.
  var positions: [String?] {
    guard topics[0].name != nil else { return [lastEventID] }
    var positions: [Substring: String] = [:]
    for part in (lastEventID ?? "").split(separator: ",") {
      guard let sign = part.firstIndex(of: "=") else { continue }
      positions[part[..<sign]] = String(part[part.index(after: sign)...])
    }
    return topics.map { positions[Substring($0.name ?? "")] }
  }
}
