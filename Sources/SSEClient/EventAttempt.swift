public import SSEHTTP1

/// An attempt to open a stream, as `EventClientConfiguration.prepareAttempt` gets it before anything is sent.
public struct EventAttempt: Sendable {
  /// The URL that is asked: the request's, or the one that a permanent redirect (301, 308) has led to.
  public let url: String
  /// Which attempt of its iterator this is; the first is 1. One that is made again because of a 401 counts anew.
  public let number: Int
  /// What is sent as `Last-Event-ID`; empty for none.
  public let lastEventID: String
  /// The answer with status 401 that the attempt before this was given, when this one is made because of it.
  public let refusal: RefusedResponse?
  /// The client's and the request's header fields, to be changed.
  public var headers: HeaderFields
  /// URLs of other servers that may see the credentials in `headers` too, should a redirect lead there. An origin is
  /// meant, so only scheme, host and port count. Default none: a redirect to another origin drops `Authorization`,
  /// `Cookie`, `Proxy-Authorization`, `X-API-Key`, `API-Key` and `X-Goog-API-Key`, and whatever was changed in
  /// `headers` here; another port is another origin.
  public var credentialOrigins: [String] = []
  /// `headers` as they were given.
  private let given: HeaderFields

  init(url: String, number: Int, lastEventID: String, refusal: RefusedResponse?, headers: HeaderFields) {
    self.url = url
    self.number = number
    self.lastEventID = lastEventID
    self.refusal = refusal
    self.headers = headers
    given = headers
  }

  /// The names of the fields that were set or changed, in lower case.
  var changedFields: Set<String> {
    Set(headers.filter { headers.values(of: $0.name) != given.values(of: $0.name) }.map { $0.name.lowercased() })
  }
}
