import SSEHTTP1

/// One entry of a router.
final class Route: Sendable {
  let method: HTTPMethod
  let pattern: PathPattern
  /// Answers with events, where `Accept` allows it.
  let isStream: Bool
  /// What its groups put before it, the outermost first.
  let layers: [Router.Layer]
  let handler: Router.Next
  /// "GET /events/stream", for logs.
  let name: String

  init(
    method: HTTPMethod, pattern: PathPattern, isStream: Bool, layers: [Router.Layer] = [],
    handler: @escaping Router.Next
  ) {
    self.method = method
    self.pattern = pattern
    self.isStream = isStream
    self.layers = layers
    self.handler = handler
    name = "\(method) \(pattern.text)"
  }

  /// Answers with the head of a stream alone.
  var headOnly: Route {
    Route(method: method, pattern: pattern, isStream: isStream, layers: layers) { _ in .events { _ in } }
  }

  /// The same route as part of a group.
  func below(_ path: String, _ outer: [Router.Layer]) -> Route {
    Route(
      method: method, pattern: PathPattern(Self.joined(path, pattern.text)), isStream: isStream, layers: outer + layers,
      handler: handler)
  }

  /// The path of a route below another path, with one slash between them; a route without a path has that path itself.
  private static func joined(_ base: String, _ path: String) -> String {
    let base = base.hasSuffix("/") ? String(base.dropLast()) : base
    return path.isEmpty || path.hasPrefix("/") ? base + path : "\(base)/\(path)"
  }
}
