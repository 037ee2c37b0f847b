/// A response's status and header fields.
public struct ResponseHead: Sendable, Hashable {
  /// The status.
  public var status: HTTPStatus
  /// The header fields, in their order.
  public var headers: HeaderFields

  /// A head.
  public init(status: HTTPStatus, headers: HeaderFields) {
    self.status = status
    self.headers = headers
  }
}
