public import SSEHTTP1
public import ServerSentEvents

/// The routes of a server: which handler answers which method and path. A value: build it, then give it to an
/// `EventServer`.
///
/// A path's segments are literal, `:name` (one segment, found in `request.parameters`), or at the end `*name` (the
/// rest; anywhere else it stops the program). Literal segments win over parameters. HEAD is answered where GET is.
public struct Router: Sendable {
  /// Answers a request that middleware lets through.
  public typealias Next = @Sendable (Request) async throws -> Response
  /// Wraps every route: refuses a request by throwing an `HTTPStatus` or returning a response of its own, or returns
  /// what `next` gives, its head changed if need be. The body of a stream has not begun by then.
  public typealias Middleware = @Sendable (_ request: Request, _ next: Next) async throws -> Response
  /// Writes one connection's events; see `events(_:method:_:)`.
  public typealias EventHandler = @Sendable (Request, EventWriter) async throws -> Void

  private var routes: [Route] = []
  private var middleware: [Middleware] = []

  /// No routes.
  public init() {}

  // MARK: - Event streams

  /// An event stream that an async closure writes, one call a connection.
  ///
  /// The stream ends when the closure returns. The closure is cancelled at once when its reader leaves, even while it
  /// sleeps. Until its first event it may throw an `HTTPStatus` or a `Response`, which becomes the answer; an error
  /// thrown later cuts the stream, without the mark of a proper end, and is logged.
  public mutating func events(_ path: String, method: HTTPMethod = .get, _ handler: @escaping EventHandler) {
    add(method, path, isStream: true) { request in .events(handler, request) }
  }

  /// An event stream that is an `AsyncStream` or any other async sequence, made anew for each connection.
  ///
  /// The head leaves when the closure returns; until then it may throw an `HTTPStatus`. When the reader leaves, closure
  /// and iteration are cancelled, which runs an `AsyncStream`'s termination handler.
  public mutating func events<Events: AsyncSequence & SendableMetatype>(
    _ path: String, method: HTTPMethod = .get,
    _ makeEvents: @escaping @Sendable (Request) async throws -> sending Events
  ) where Events.Element == ServerSentEvent, Events.AsyncIterator: SendableMetatype {
    add(method, path, isStream: true) { request in
      .events { writer in
        let events = try await makeEvents(request)
        // The head leaves now; until here a status could be thrown.
        try await writer.flush()
        for try await event in events { try await writer.send(event) }
      }
    }
  }

  /// The events of a topic, for any number of readers; a reader that comes back with `Last-Event-ID` is resumed.
  ///
  /// `view` says what a reader gets of it; it may throw an `HTTPStatus` instead.
  public mutating func events(
    _ path: String, from topic: Topic,
    view: @escaping @Sendable (Request) async throws -> TopicView = { _ in TopicView() }
  ) {
    add(.get, path, isStream: true) { request in
      .events(from: topic, after: request.lastEventID, view: try await view(request))
    }
  }

  /// The events of several topics on one connection, each topic with a name; a reader that comes back is resumed in
  /// each. See `Response.events(from:after:view:)`.
  ///
  /// - Throws: `TopicError` unless there are 1 to 64 topics, each once, with names of 1 to 64 of `A–Z a–z 0–9 . _ -`.
  public mutating func events(
    _ path: String, from topics: [String: Topic],
    view: @escaping @Sendable (Request) async throws -> TopicView = { _ in TopicView() }
  ) throws(TopicError) {
    try TopicStream.check(topics)
    add(.get, path, isStream: true) { request in
      try .events(from: topics, after: request.lastEventID, view: try await view(request))
    }
  }

  // MARK: - Plain responses

  /// A route for any method.
  public mutating func on(_ method: HTTPMethod, _ path: String, _ handler: @escaping Next) {
    add(method, path, isStream: false, handler)
  }

  /// A route for GET, and so for HEAD.
  public mutating func get(_ path: String, _ handler: @escaping Next) { on(.get, path, handler) }

  /// A route for POST.
  public mutating func post(_ path: String, _ handler: @escaping Next) { on(.post, path, handler) }

  /// A route for PUT.
  public mutating func put(_ path: String, _ handler: @escaping Next) { on(.put, path, handler) }

  /// A route for DELETE.
  public mutating func delete(_ path: String, _ handler: @escaping Next) { on(.delete, path, handler) }

  /// The files below a folder. Nothing outside of it is ever read: not through `..`, not through an encoded slash, not
  /// through a symbolic link, nor through one that takes a folder's place while it is read. A folder's `index.html`
  /// stands for the folder.
  public mutating func files(_ path: String, from folder: String) {
    let base = path.hasSuffix("/") ? String(path.dropLast()) : path
    let files = FileFolder(folder)
    get("\(base)/*path") { request in try files.response(for: request.parameters["path"] ?? "") }
  }

  /// Wraps all routes, also those added later; what was added first is outermost.
  public mutating func use(_ middleware: @escaping Middleware) { self.middleware.append(middleware) }

  private mutating func add(_ method: HTTPMethod, _ path: String, isStream: Bool, _ handler: @escaping Next) {
    routes.append(Route(method: method, pattern: PathPattern(path), isStream: isStream, handler: handler))
  }

  // MARK: - Answering

  /// The answer to a request; errors have become responses.
  func respond(to request: Request) async -> Response {
    do {
      if middleware.isEmpty { return try checked(try await answer(request)) }
      return try checked(try await chain(middleware[...])(request))
    } catch {
      return .failure(error)
    }
  }

  @inline(never)
  private func checked(_ response: Response) throws -> Response {
    try response.headers.validate()
    return response.status.isInterim ? .failure(response.status) : response
  }

  private func chain(_ rest: ArraySlice<Middleware>) -> Next {
    guard let first = rest.first else { return { request in try await answer(request) } }
    let next = chain(rest.dropFirst())
    return { request in try await first(request, next) }
  }

  private func answer(_ request: Request) async throws -> Response {
    switch try resolve(request) {
    case .response(let response): return response
    case .route(let route, let request):
      var response = try await route.handler(request)
      response.route = route
      return response
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
    if request.path == "*" { return .response(Response(status: .noContent)) }
    guard let segments = PathPattern.segments(ofRequest: request.path) else { throw HTTPStatus.notFound }
    let candidates = routes.compactMap { route in
      route.pattern.match(segments).map { (route: route, parameters: $0) }
    }
    let exact = candidates.filter { $0.route.method == request.method }
    let matching = exact.isEmpty && request.method == .head ? candidates.filter { $0.route.method == .get } : exact
    guard let best = matching.max(by: { $0.route.pattern < $1.route.pattern }) else {
      return .response(try refusal(request.method, allowed: candidates.map(\.route.method)))
    }
    if best.route.isStream, !Negotiation.accepts("text/event-stream", request.headers) {
      throw HTTPStatus.notAcceptable
    }
    // Only its head is asked for: the handler does not run.
    if best.route.isStream, request.method == .head { return .response(.events { _ in }) }
    var request = request
    request.parameters = best.parameters
    return .route(best.route, request)
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
    var response = Response.failure(HTTPStatus.methodNotAllowed)
    response.headers["Allow"] = names.sorted().joined(separator: ", ")
    return response
  }
}

/// One entry of a router.
final class Route: Sendable {
  let method: HTTPMethod
  let pattern: PathPattern
  /// Answers with events, where `Accept` allows it.
  let isStream: Bool
  let handler: Router.Next
  /// "GET /events/stream", for logs.
  let name: String

  init(method: HTTPMethod, pattern: PathPattern, isStream: Bool, handler: @escaping Router.Next) {
    self.method = method
    self.pattern = pattern
    self.isStream = isStream
    self.handler = handler
    name = "\(method) \(pattern.text)"
  }
}
