public import SSEHTTP1

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// What a client asks for: a URL, and how.
///
///     EventRequest(url, headers: ["Authorization": "Bearer \(token)"])
///     EventRequest(url, method: .post, body: .json(prompt))
public struct EventRequest: Sendable {
  /// The URL, scheme `http` or `https`. What cannot stand in a request is percent-encoded, a fragment is not sent,
  /// `user:password@` becomes `Authorization: Basic`.
  public var url: String
  /// The method. Default GET; only a GET is asked again when its stream is over, unless `reconnect` says otherwise.
  public var method: HTTPMethod
  /// Further header fields. A field here replaces the client's own of that name: `Accept`, `Cache-Control`,
  /// `User-Agent`, `Authorization`, `Content-Type`. `Content-Length`, `Transfer-Encoding` and `Last-Event-ID` are the
  /// client's alone; for the last there is `lastEventID`. `Proxy-Authorization` goes to the proxy, where there is one,
  /// and to no server.
  public var headers: HeaderFields
  /// The body, sent with each attempt; nil for none.
  public var body: Body?
  /// Where the first request resumes: sent as `Last-Event-ID` unless it is empty. Later requests send what the stream
  /// has come to.
  public var lastEventID: String
  /// What happens when the stream is over or could not be had. Default `.standard`.
  public var reconnect: ReconnectPolicy
  /// Whether a last event that lacks its blank line is delivered, for servers that forget it, when the body has ended
  /// normally behind a whole line. Default false: the HTML Standard drops it.
  public var deliversUnterminatedEvent = false

  /// A request for the events of a URL; it is checked when the first event is asked for.
  public init(
    _ url: URL, method: HTTPMethod = .get, headers: HeaderFields = [:], body: Body? = nil,
    lastEventID: String = "", reconnect: ReconnectPolicy = .standard
  ) {
    self.init(
      url.absoluteString, method: method, headers: headers, body: body, lastEventID: lastEventID, reconnect: reconnect)
  }

  /// A request for the events of a URL; it is checked when the first event is asked for.
  public init(
    _ url: String, method: HTTPMethod = .get, headers: HeaderFields = [:], body: Body? = nil,
    lastEventID: String = "", reconnect: ReconnectPolicy = .standard
  ) {
    self.url = url
    self.method = method
    self.headers = headers
    self.body = body
    self.lastEventID = lastEventID
    self.reconnect = reconnect
  }
}

extension EventRequest {
  /// A request's body and its media type.
  public struct Body: Sendable {
    enum Content: Sendable {
      case bytes([UInt8])
      /// Why the value is no JSON; told when the request is made, so that a request can be written without `try`.
      case unencodable(String)
    }

    let content: Content
    let contentType: String

    /// Bytes of any media type.
    public static func bytes(_ bytes: some Sequence<UInt8>, contentType: String = "application/octet-stream") -> Body {
      Body(content: .bytes(Array(bytes)), contentType: contentType)
    }

    /// Text in UTF-8.
    public static func text(_ text: String, contentType: String = "text/plain; charset=utf-8") -> Body {
      Body(content: .bytes(Array(text.utf8)), contentType: contentType)
    }

    /// A value as JSON, compact, with sorted keys and plain slashes unless an encoder is given. One that cannot be
    /// encoded makes the sequence throw `EventClientError.invalidRequest`.
    public static func json(_ value: some Encodable, encoder: JSONEncoder? = nil) -> Body {
      do {
        let encoder = encoder ?? compactEncoder()
        return Body(content: .bytes(Array(try encoder.encode(value))), contentType: "application/json")
      } catch {
        return Body(content: .unencodable("\(error)"), contentType: "application/json")
      }
    }

    private static func compactEncoder() -> JSONEncoder {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return encoder
    }
  }
}
