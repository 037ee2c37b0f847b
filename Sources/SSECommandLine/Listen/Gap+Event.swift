import Foundation
import SSEClient

extension Gap {
  /// The event that told of it, as this package's server sends it.
  var event: ServerSentEvent {
    get throws {
      var fields = ["after": after, "oldest": oldest, "reason": reason.rawValue]
      fields["topic"] = topic
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return ServerSentEvent(data: String(decoding: try encoder.encode(fields), as: UTF8.self), type: "gap")
    }
  }
}
