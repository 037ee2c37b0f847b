/// A media type: "text/event-stream; charset=utf-8" (RFC 9110, 8.3.1).
package struct MediaType: Sendable, Hashable {
  /// Type and subtype in lower case.
  package var essence: String
  package var parameters: [String: String]

  /// Nil for what is no media type.
  package init?(_ text: some StringProtocol) {
    let parts = Token.split(Substring(text), at: UInt8(ascii: ";"))
    guard let first = parts.first else { return nil }
    let names = first.split(separator: "/", omittingEmptySubsequences: false)
    guard names.count == 2, names.allSatisfy({ Token.isValid($0) }) else { return nil }
    essence = first.lowercased()
    parameters = [:]
    for part in parts.dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1).map { Token.trimmed($0) }
      guard pair.count == 2 else { continue }
      parameters[pair[0].lowercased()] = Token.unquoted(pair[1])
    }
  }
}

/// What a requester says it accepts, with weights (RFC 9110, 12.4.2).
package enum Negotiation {
  /// Whether `Accept` allows a media type: the most specific range that matches decides; no field allows all.
  package static func accepts(_ essence: String, _ headers: HeaderFields) -> Bool {
    guard headers.contains("Accept") else { return true }
    let elements = headers.list("Accept")
    if elements.isEmpty { return true }
    let type = essence.prefix { $0 != "/" }
    var best: (specificity: Int, weight: Double)?
    for element in elements {
      guard let range = MediaType(element) else { continue }
      let specificity: Int
      switch range.essence {
      case essence: specificity = 2
      case "\(type)/*": specificity = 1
      case "*/*": specificity = 0
      default: continue
      }
      let weight = weight(of: range.parameters["q"])
      if best.map({ $0.specificity < specificity || $0.specificity == specificity && $0.weight < weight }) ?? true {
        best = (specificity, weight)
      }
    }
    return (best?.weight ?? 0) > 0
  }

  private static func weight(_ text: String) -> Double? {
    guard text.utf8.count <= 5, let value = Double(text), (0...1).contains(value) else { return nil }
    return value
  }

  private static func weight(of parameter: String?) -> Double { parameter.flatMap { weight($0) } ?? 1 }
}
