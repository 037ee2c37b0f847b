/// What a requester says it accepts, with weights (RFC 9110, 12.4.2).
package enum Negotiation {
  /// Whether `Accept` allows a media type: the most specific range that matches decides; no field allows all.
  package static func accepts(_ essence: String, _ headers: HeaderFields) -> Bool {
    guard let accept = headers["Accept"] else { return true }
    // What event sources send, and what is sent where nobody asked: there is nothing to weigh.
    if accept == essence || accept == "*/*" { return true }
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

  /// Whether `Accept-Encoding` asks for gzip rather than for content as it is (RFC 9110, 12.5.3): it is named, as
  /// `gzip`, `x-gzip` or `*`, with a weight that is neither zero nor below that of `identity`. No field allows any
  /// coding; but who does not ask for one may not know of any.
  package static func prefersGzip(_ headers: HeaderFields) -> Bool {
    var gzip: Double?
    var others: Double?
    var identity: Double?
    for element in headers.list("Accept-Encoding") {
      let parts = Token.split(element, at: UInt8(ascii: ";"))
      guard let name = parts.first else { continue }
      let weight = weight(among: parts.dropFirst())
      // Of several the last counts, as where a proxy appends its own.
      if ContentCoding(name) == .gzip { gzip = weight }
      if Token.areEqual(name, "identity") { identity = weight }
      if name == "*" { others = weight }
    }
    guard let gzip = gzip ?? others, gzip > 0 else { return false }
    return gzip >= identity ?? 0
  }

  /// One that is no weight counts as zero: nothing is sent that might not be wanted.
  private static func weight(among parameters: ArraySlice<Substring>) -> Double {
    for parameter in parameters {
      let pair = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if pair.count == 2, Token.areEqual(Token.trimmed(pair[0]), "q") {
        return weight(String(Token.trimmed(pair[1]))) ?? 0
      }
    }
    return 1
  }

  private static func weight(_ text: String) -> Double? {
    guard text.utf8.count <= 5, let value = Double(text), (0...1).contains(value) else { return nil }
    return value
  }

  private static func weight(of parameter: String?) -> Double { parameter.flatMap { weight($0) } ?? 1 }
}
