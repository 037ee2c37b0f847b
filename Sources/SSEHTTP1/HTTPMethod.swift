/// A request method (RFC 9110, 9.1). Methods are case-sensitive.
public struct HTTPMethod: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  /// The method as it stands on the wire.
  public let rawValue: String

  /// Nil when the text is not a token (RFC 9110, 5.6.2).
  public init?(rawValue: String) {
    guard Token.isValid(rawValue) else { return nil }
    self.rawValue = rawValue
  }

  private init(_ known: String) { rawValue = known }

  /// GET.
  public static let get = HTTPMethod("GET")
  /// HEAD.
  public static let head = HTTPMethod("HEAD")
  /// POST.
  public static let post = HTTPMethod("POST")
  /// PUT.
  public static let put = HTTPMethod("PUT")
  /// DELETE.
  public static let delete = HTTPMethod("DELETE")
  /// OPTIONS.
  public static let options = HTTPMethod("OPTIONS")
  /// PATCH (RFC 5789).
  public static let patch = HTTPMethod("PATCH")
  /// CONNECT.
  public static let connect = HTTPMethod("CONNECT")
  /// TRACE.
  public static let trace = HTTPMethod("TRACE")
  /// REPORT (RFC 3253), which some event sources ask with.
  public static let report = HTTPMethod("REPORT")

  /// The methods that a server is expected to know; any other is answered with 501 where no route has it.
  package static let known: Set<HTTPMethod> = [
    .get, .head, .post, .put, .delete, .options, .patch, .connect, .trace, .report,
  ]

  /// The method as it stands on the wire.
  public var description: String { rawValue }
}
