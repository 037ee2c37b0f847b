import SSEHTTP1

/// A router at work: what finds the answer to each request. One object, since it stands in the frames of each waiting
/// request.
final class RequestRouter: Sendable {
  private let routes: [Route]
  private let layers: [Router.Layer]
  private let defaultHeaders: HeaderFields
  private let cors: CORSPolicy?
  private let errorResponse: (@Sendable (any Error) -> Response?)?
  /// Whether a request may go through middleware.
  let hasLayers: Bool

  init(_ router: Router) {
    routes = router.routes
    layers = router.layers
    defaultHeaders = router.defaultHeaders
    cors = router.cors
    errorResponse = router.errorResponse
    hasLayers = !layers.isEmpty || routes.contains { !$0.layers.isEmpty }
  }

  /// The answer to a request; errors have become responses.
  func respond(to request: Request) async -> Response {
    if let preflight = preflightResponse(to: request) { return preflight }
    do {
      if layers.isEmpty { return finished(try await answer(request), request) }
      return finished(try await pass(request, layers[...], to: answer), request)
    } catch {
      return failed(error, request)
    }
  }

  @inline(never)
  private func preflightResponse(to request: Request) -> Response? {
    cors?.preflightResponse(to: request).map { finished($0, request) }
  }

  @inline(never)
  private func failed(_ error: any Error, _ request: Request) -> Response {
    completed(failure(for: error), request)
  }

  /// With the fields that every answer has; one that cannot be sent is a fault.
  @inline(never)
  private func finished(_ response: Response, _ request: Request) -> Response {
    do { return completed(try checked(response), request) } catch { return failed(error, request) }
  }

  /// An answer that can be sent, with the fields that every answer has. Those that hang on the request are left out
  /// where none could be read.
  func completed(_ response: Response, _ request: Request?) -> Response {
    if defaultHeaders.count == 0, cors == nil { return response }
    var response = response
    for field in defaultHeaders where !response.headers.contains(field.name) {
      response.headers.append(field.name, field.value)
    }
    if let request { cors?.addFields(to: &response, for: request) }
    do { return try checked(response) } catch { return .failure(error) }
  }

  private func checked(_ response: Response) throws -> Response {
    try response.headers.validate()
    return response.status.isInterim ? .failure(response.status) : response
  }

  /// What an error becomes: what the application says, else its own status, else 500.
  func failure(for error: any Error) -> Response {
    // Cancelled by the server, which answers that itself.
    guard !(error is CancellationError), var response = errorResponse?(error) else { return .failure(error) }
    response = .failure(response)
    if response.status.code >= 500, response.fault == nil { response.fault = error }
    return response
  }

  /// Passes a request through the layers, the first outermost. What only looks at requests has ended when the next
  /// layer begins, and so adds nothing to the depth.
  private func pass(_ request: Request, _ layers: ArraySlice<Router.Layer>, to inner: @escaping Router.Next)
    async throws -> Response
  {
    var rest = layers
    while let layer = rest.popFirst() {
      switch layer {
      case .scheme(let scheme): try await scheme.check(request)
      case .middleware(let middleware):
        return try await middleware(request) { [rest] request in try await pass(request, rest, to: inner) }
      }
    }
    return try await inner(request)
  }

  private func answer(_ request: Request) async throws -> Response {
    switch try resolve(request) {
    case .response(let response): return response
    case .route(let route, let request):
      if route.layers.isEmpty { return try await route.handler(request).of(route) }
      return try await pass(request, route.layers[...], to: route.handler).of(route)
    }
  }

  private enum Resolution {
    case response(Response)
    case route(Route, Request)
  }

  /// What answers a request: the most specific route of its method, or the router itself. Not inlined, so that its
  /// temporaries do not stay in the frame of an async function.
  @inline(never)
  private func resolve(_ request: Request) throws -> Resolution {
    let path = request.path
    if path == "*" { return .response(Response(status: .noContent)) }
    guard let segments = PathPattern.segments(ofRequest: path) else { throw HTTPStatus.notFound }
    let found = route(request.method, segments) ?? (request.method == .head ? route(.get, segments) : nil)
    guard let best = found else { return .response(try refusal(request.method, allowed: methods(at: segments))) }
    if best.route.isStream, !Negotiation.accepts("text/event-stream", request.headers) {
      throw HTTPStatus.notAcceptable
    }
    var request = request
    request.parameters = best.parameters
    // Only its head is asked for: the handler does not run, but what its groups put before it does.
    if best.route.isStream, request.method == .head { return .route(best.route.headOnly, request) }
    return .route(best.route, request)
  }

  /// The most specific route of a method at a path, the first of those that are alike.
  private func route(_ method: HTTPMethod, _ path: [String]) -> (route: Route, parameters: [String: String])? {
    var best: (route: Route, parameters: [String: String])?
    for route in routes where route.method == method {
      guard let parameters = route.pattern.match(path) else { continue }
      if let best, best.route.pattern >= route.pattern { continue }
      best = (route, parameters)
    }
    return best
  }

  private func methods(at path: [String]) -> [HTTPMethod] {
    routes.filter { $0.pattern.match(path) != nil }.map(\.method)
  }

  private func refusal(_ method: HTTPMethod, allowed: [HTTPMethod]) throws -> Response {
    if !HTTPMethod.known.contains(method) { throw HTTPStatus.notImplemented }
    if allowed.isEmpty { throw HTTPStatus.notFound }
    var names = Set(allowed.map(\.rawValue))
    if names.contains("GET") { names.insert("HEAD") }
    names.insert("OPTIONS")
    if method == .options {
      return Response(status: .noContent, headers: ["Allow": names.sorted().joined(separator: ", ")])
    }
    var response = failure(for: HTTPStatus.methodNotAllowed)
    response.headers["Allow"] = names.sorted().joined(separator: ", ")
    return response
  }
}

extension Response {
  /// The same as a route's answer.
  fileprivate func of(_ route: Route) -> Response {
    var response = self
    response.route = route
    return response
  }
}
