/// A request as a scripted server has read it.
public struct RecordedRequest: Sendable, Hashable, CustomStringConvertible {
  /// Which connection it came on, from 0.
  public let connection: Int
  /// The method.
  public let method: HTTPMethod
  /// The target as it stood in the request line: path and query, for a proxy the whole URL.
  public let target: String
  /// The header fields, in their order.
  public let headers: HeaderFields
  /// The body, without its chunks.
  public let body: [UInt8]
  /// The head to the byte, with the empty line that ends it.
  public let rawHead: [UInt8]

  /// The body as text; what is not UTF-8 reads as U+FFFD.
  public var text: String { String(decoding: body, as: UTF8.self) }

  /// Where the client asks to resume; nil where it sent no `Last-Event-ID`.
  public var lastEventID: String? { headers["Last-Event-ID"] }

  /// Method and target: "GET /events".
  public var description: String { "\(method) \(target)" }
}
