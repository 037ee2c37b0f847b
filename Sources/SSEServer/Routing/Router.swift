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
  /// Wraps routes: refuses a request by throwing an `HTTPStatus` or returning a response of its own, or returns what
  /// `next` gives, its head changed if need be. The body of a stream has not begun by then. `next` throws what was
  /// thrown inside: what is to stand on every answer, errors included, is `Router.defaultHeaders`.
  public typealias Middleware = @Sendable (_ request: Request, _ next: Next) async throws -> Response
  /// Writes one connection's events; see `events(_:method:_:)`.
  public typealias EventHandler = @Sendable (Request, EventWriter) async throws -> Void

  /// What stands before a route.
  enum Layer: Sendable {
    case middleware(Middleware)
    case scheme(AuthenticationScheme)
  }

  private(set) var routes: [Route] = []
  private(set) var layers: [Layer] = []

  /// Fields that every answer gets which does not have them itself, errors, refusals and unknown paths included.
  /// Default: none.
  public var defaultHeaders = HeaderFields()
  /// Which pages of other origins may read the answers (Fetch Standard, 3.2). Default nil: none. Holds for all routes.
  public var cors: CORSPolicy?
  /// The application's answer to an error that was thrown before the response's head had left: by a handler, by
  /// middleware, or by the router itself (`HTTPStatus.notFound` and the like). Default nil, as is the closure's result
  /// for an error that it leaves alone: an `HTTPStatus` or a `Response` is the answer itself, anything else is 500 in
  /// JSON that tells the client nothing, and the log everything. An answer from 500 on is logged with its error.
  public var errorResponse: (@Sendable (any Error) -> Response?)?

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

  // MARK: - Middleware

  /// Wraps all routes, also those added later, and unknown paths; what was added first is outermost. In a group: the
  /// group's routes.
  public mutating func use(_ middleware: @escaping Middleware) { layers.append(.middleware(middleware)) }

  /// Refuses with 401 whoever does not authenticate by this scheme; stands where middleware would stand that is added
  /// here.
  public mutating func require(_ scheme: AuthenticationScheme) { layers.append(.scheme(scheme)) }

  /// Routes below a path, with middleware and schemes of their own, which see only requests that have such a route.
  ///
  ///     router.group("/admin") { admin in
  ///       admin.require(.bearerToken(token))
  ///       admin.post("/news") { … }                     // POST /admin/news
  ///     }
  ///
  /// `cors`, `defaultHeaders` and `errorResponse` are the whole router's: setting them in a group stops the program.
  public mutating func group(_ path: String = "", _ build: (inout Router) throws -> Void) rethrows {
    var group = Router()
    try build(&group)
    precondition(
      group.cors == nil && group.defaultHeaders.count == 0 && group.errorResponse == nil,
      "the group \"\(path)\" sets cors, defaultHeaders or errorResponse: they hold for all routes, set them outside")
    routes += group.routes.map { $0.below(path, group.layers) }
  }

  private mutating func add(_ method: HTTPMethod, _ path: String, isStream: Bool, _ handler: @escaping Next) {
    routes.append(Route(method: method, pattern: PathPattern(path), isStream: isStream, handler: handler))
  }
}
