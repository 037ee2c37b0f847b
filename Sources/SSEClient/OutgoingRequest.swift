import SSEHTTP1

/// One HTTP request of an attempt, and what redirects make of it.
struct OutgoingRequest: Sendable {
  /// What a permanent redirect changes for later attempts too.
  struct Target: Sendable, Hashable {
    var url: RequestURL
    var method: HTTPMethod
    var sendsBody: Bool
  }

  private(set) var target: Target
  /// As the caller set them, less what redirects have dropped.
  private var callerFields: HeaderFields
  private let body: [UInt8]
  private let contentType: String?
  let lastEventID: String
  /// A handful at most; a set takes more memory than all else that an attempt holds.
  private let credentialOrigins: [RequestURL.Origin]
  /// Fields that only these origins may see.
  private let credentialFields: Set<String>
  private var redirectCount = 0
  var hasBeenRedirected: Bool { redirectCount > 0 }
  /// Whether all redirects so far were permanent.
  private(set) var isPermanent = true

  /// Fields that only the client may write, since they frame the message or say where it resumes, and what to do.
  private static let reservedFields = [
    ("Content-Length", "remove it"), ("Transfer-Encoding", "remove it"), ("Last-Event-ID", "set lastEventID instead"),
  ]

  /// The first request of an attempt.
  ///
  /// - Parameters:
  ///   - target: The request's own, or what permanent redirects have made of it.
  ///   - origin: Of the URL that the caller gave: credentials are meant for it.
  /// - Throws: `EventClientError.invalidRequest` where a header field or the body cannot be sent.
  init(
    _ attempt: EventAttempt, to target: Target, from origin: RequestURL.Origin, body: EventRequest.Body?
  ) throws(EventClientError) {
    let url = target.url.description
    for (name, advice) in Self.reservedFields where attempt.headers.contains(name) {
      throw .invalidRequest("the header field '\(name)' is written by the client; \(advice)", url: url)
    }
    switch body?.content {
    case .bytes(let bytes): self.body = bytes
    case .unencodable(let why): throw .invalidRequest("the body cannot be encoded: \(why)", url: url)
    case nil: self.body = []
    }
    contentType = body?.contentType
    var origins = [origin]
    for named in attempt.credentialOrigins { origins.append(try RequestURL(named).origin) }
    credentialOrigins = origins
    credentialFields = Self.knownCredentialFields.union(attempt.changedFields)
    lastEventID = attempt.lastEventID
    callerFields = attempt.headers
    self.target = target
    if !origins.contains(target.url.origin) { dropCredentials() }
    do throws(HTTP1Error) {
      try fields.validate()
    } catch {
      throw .invalidRequest("\(error)", url: url)
    }
  }

  // MARK: - Redirects

  /// What this request becomes (Fetch, "HTTP-redirect fetch"; RFC 9110, 15.4).
  ///
  /// - Parameter most: How many redirects one attempt follows.
  mutating func redirect(by response: RefusedResponse, following most: Int) throws(EventClientError) {
    guard redirectCount < most else { throw .redirectFailed(.tooMany(limit: most), response) }
    let locations = response.head.headers.values(of: "Location")
    guard let location = locations.first else { throw .redirectFailed(.noLocation, response) }
    let shown = RequestURL.withoutCredentials(location)
    let url: RequestURL
    do throws(EventClientError) {
      url = try target.url.resolving(location)
    } catch {
      throw .redirectFailed(.invalidLocation(shown), response)
    }
    if target.url.scheme == .https, url.scheme == .http { throw .redirectFailed(.insecure(shown), response) }
    redirectCount += 1
    let status = response.head.status
    if status != .movedPermanently, status != .permanentRedirect { isPermanent = false }
    if Self.becomesGet(target.method, after: status) {
      target.method = .get
      target.sendsBody = false
    }
    // For good: also where a later redirect leads back.
    if !credentialOrigins.contains(url.origin) { dropCredentials() }
    target.url = url
  }

  private static func becomesGet(_ method: HTTPMethod, after status: HTTPStatus) -> Bool {
    switch status {
    case .movedPermanently, .found: method == .post
    case .seeOther: method != .get && method != .head
    default: false
    }
  }

  private static let knownCredentialFields: Set = [
    "authorization", "cookie", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key",
  ]

  /// `Host` is the other server's own.
  private mutating func dropCredentials() {
    for name in credentialFields { callerFields.remove(name) }
    callerFields.remove("Host")
  }
}

// MARK: - The message

extension OutgoingRequest {
  private static let bodyFields = ["Content-Type", "Content-Encoding", "Content-Language", "Content-Location"]

  /// All header fields of the request.
  var fields: HeaderFields {
    var fields: HeaderFields = [
      "Host": target.url.hostField,
      // HTML Standard, 9.2.2: the request's header list and its cache mode "no-store".
      "Accept": "text/event-stream",
      "Cache-Control": "no-cache",
      "User-Agent": "swift-sse",
    ]
    fields["Authorization"] = target.url.authorization
    var callerFields = callerFields
    if target.sendsBody {
      fields["Content-Type"] = contentType
    } else {
      // The fields of a body that a redirect has dropped (RFC 9110, 15.4); a caller's own without a body mean nothing.
      for name in Self.bodyFields { callerFields.remove(name) }
    }
    fields = fields.replacing(with: callerFields)
    let method = target.method
    if target.sendsBody || method == .post || method == .put || method == .patch {
      fields["Content-Length"] = String(sentBody.count)
    }
    // The empty string is "no id" (HTML Standard, 9.2.3).
    if !lastEventID.isEmpty { fields["Last-Event-ID"] = lastEventID }
    return fields
  }

  /// What the way's proxy is told: the caller's own field, else the credentials in the proxy's URL.
  func proxyAuthorization(for route: Route) -> String? {
    guard let proxy = route.proxy else { return nil }
    return callerFields["Proxy-Authorization"] ?? proxy.authorization
  }

  /// The body; empty where none is sent.
  var sentBody: [UInt8] { target.sendsBody ? body : [] }

  /// The request's head as it goes over the wire, on this way; `sentBody` follows.
  func head(via route: Route) throws(EventClientError) -> [UInt8] {
    var fields = fields
    // For the next proxy alone (RFC 9110, 11.7.2): a tunnel's is told with the CONNECT, and no server hears of it.
    fields["Proxy-Authorization"] = route.isForwarded ? proxyAuthorization(for: route) : nil
    let requestTarget = route.requestTarget(for: target.url)
    var head: [UInt8] = []
    do throws(HTTP1Error) {
      try HeadWriter.append(method: target.method, target: requestTarget, headers: fields, to: &head)
    } catch {
      throw .invalidRequest("\(error)", url: target.url.description)
    }
    return head
  }
}
