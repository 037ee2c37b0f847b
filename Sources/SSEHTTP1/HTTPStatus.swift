/// A response status (RFC 9110, 15). A handler may throw one before its response has begun.
public struct HTTPStatus: Error, Sendable, Hashable, CustomStringConvertible {
  /// The three digits.
  public let code: Int

  /// A status by its code, from 100 to 999; another code is a server's fault and counts as 500.
  public init(code: Int) { self.code = (100...999).contains(code) ? code : 500 }

  /// 200 OK.
  public static let ok = HTTPStatus(code: 200)
  /// 201 Created.
  public static let created = HTTPStatus(code: 201)
  /// 202 Accepted.
  public static let accepted = HTTPStatus(code: 202)
  /// 204 No Content: tells an event source not to come back (HTML Standard, 9.2.3).
  public static let noContent = HTTPStatus(code: 204)
  /// 301 Moved Permanently.
  public static let movedPermanently = HTTPStatus(code: 301)
  /// 302 Found.
  public static let found = HTTPStatus(code: 302)
  /// 303 See Other.
  public static let seeOther = HTTPStatus(code: 303)
  /// 304 Not Modified.
  public static let notModified = HTTPStatus(code: 304)
  /// 307 Temporary Redirect.
  public static let temporaryRedirect = HTTPStatus(code: 307)
  /// 308 Permanent Redirect.
  public static let permanentRedirect = HTTPStatus(code: 308)
  /// 400 Bad Request.
  public static let badRequest = HTTPStatus(code: 400)
  /// 401 Unauthorized.
  public static let unauthorized = HTTPStatus(code: 401)
  /// 403 Forbidden.
  public static let forbidden = HTTPStatus(code: 403)
  /// 404 Not Found.
  public static let notFound = HTTPStatus(code: 404)
  /// 405 Method Not Allowed.
  public static let methodNotAllowed = HTTPStatus(code: 405)
  /// 406 Not Acceptable.
  public static let notAcceptable = HTTPStatus(code: 406)
  /// 407 Proxy Authentication Required.
  public static let proxyAuthenticationRequired = HTTPStatus(code: 407)
  /// 408 Request Timeout.
  public static let requestTimeout = HTTPStatus(code: 408)
  /// 409 Conflict.
  public static let conflict = HTTPStatus(code: 409)
  /// 410 Gone.
  public static let gone = HTTPStatus(code: 410)
  /// 413 Content Too Large.
  public static let contentTooLarge = HTTPStatus(code: 413)
  /// 414 URI Too Long.
  public static let uriTooLong = HTTPStatus(code: 414)
  /// 415 Unsupported Media Type.
  public static let unsupportedMediaType = HTTPStatus(code: 415)
  /// 417 Expectation Failed.
  public static let expectationFailed = HTTPStatus(code: 417)
  /// 422 Unprocessable Content.
  public static let unprocessableContent = HTTPStatus(code: 422)
  /// 429 Too Many Requests (RFC 6585).
  public static let tooManyRequests = HTTPStatus(code: 429)
  /// 431 Request Header Fields Too Large (RFC 6585).
  public static let requestHeaderFieldsTooLarge = HTTPStatus(code: 431)
  /// 500 Internal Server Error.
  public static let internalServerError = HTTPStatus(code: 500)
  /// 501 Not Implemented.
  public static let notImplemented = HTTPStatus(code: 501)
  /// 502 Bad Gateway.
  public static let badGateway = HTTPStatus(code: 502)
  /// 503 Service Unavailable.
  public static let serviceUnavailable = HTTPStatus(code: 503)
  /// 504 Gateway Timeout.
  public static let gatewayTimeout = HTTPStatus(code: 504)
  /// 505 HTTP Version Not Supported.
  public static let httpVersionNotSupported = HTTPStatus(code: 505)

  /// 301, 302, 303, 307 and 308 (Fetch, "redirect status").
  package var isRedirect: Bool { [301, 302, 303, 307, 308].contains(code) }

  /// The phrase that goes with the code; empty for a code without one.
  public var reasonPhrase: String { Self.phrases[code] ?? "" }

  /// Code and phrase: "404 Not Found".
  public var description: String { reasonPhrase.isEmpty ? "\(code)" : "\(code) \(reasonPhrase)" }

  private static let phrases: [Int: String] = [
    100: "Continue", 101: "Switching Protocols", 103: "Early Hints",
    200: "OK", 201: "Created", 202: "Accepted", 203: "Non-Authoritative Information", 204: "No Content",
    205: "Reset Content", 206: "Partial Content",
    300: "Multiple Choices", 301: "Moved Permanently", 302: "Found", 303: "See Other", 304: "Not Modified",
    307: "Temporary Redirect", 308: "Permanent Redirect",
    400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout",
    409: "Conflict", 410: "Gone", 411: "Length Required", 412: "Precondition Failed", 413: "Content Too Large",
    414: "URI Too Long", 415: "Unsupported Media Type", 416: "Range Not Satisfiable", 417: "Expectation Failed",
    421: "Misdirected Request", 422: "Unprocessable Content", 423: "Locked", 426: "Upgrade Required",
    428: "Precondition Required", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
    451: "Unavailable For Legal Reasons",
    500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Timeout", 505: "HTTP Version Not Supported", 507: "Insufficient Storage",
    511: "Network Authentication Required",
  ]
}
