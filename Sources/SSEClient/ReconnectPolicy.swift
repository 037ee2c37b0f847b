public import SSEHTTP1

/// What a client does when a stream is over or could not be had, set in `EventRequest.reconnect`.
///
/// A choice of when to ask again is a static member; the properties set how often, and after what delay:
///
///     var patient = ReconnectPolicy.standard
///     patient.retriesFirstConnection = true
///     patient.timeLimit = .seconds(600)
public struct ReconnectPolicy: Sendable, Hashable {
  enum Mode: Hashable {
    case never
    case standard
    case resumingCuts
    case always
  }

  let mode: Mode
  /// How long to wait before a stream that ended or was cut is opened again, until the server says otherwise with
  /// `retry`. Default 3 s; from 0 to 24 h, what is beyond counts as the nearer of them.
  public var reconnectionTime: Duration = .seconds(3)
  /// The most that failures in a row add to the reconnection time. Default 30 s; from 0 to 24 h, as above.
  public var longestBackoff: Duration = .seconds(30)
  /// The longest `Retry-After` that is obeyed; past it the refusal is thrown. Default 10 min.
  public var longestRetryAfter: Duration = .seconds(600)
  /// The statuses of refusals that are followed by another attempt, after the server's `Retry-After` where it has
  /// one (RFC 9110, 10.2.3), else after the backoff. Default 429 and 503.
  public var retriedStatuses: Set<HTTPStatus> = [.tooManyRequests, .serviceUnavailable]
  /// How many attempts in a row may bring no event before the last one's error is thrown, in
  /// `EventClientError.gaveUp`; at least 1. An event, a stream that lived 60 s, or a new iterator begins a new row.
  /// Default nil: no limit.
  public var attempts: Int?
  /// How long such a row may last, from its first interruption to the next attempt. Default nil: no limit.
  public var timeLimit: Duration?
  /// Whether a connection that cannot be made is retried also while no answer has been accepted yet. Default false:
  /// a refused port, an unknown host and a connect timeout are thrown at once, since the URL is probably wrong.
  public var retriesFirstConnection = false

  /// As the HTML Standard says: a GET is asked again whenever its stream is over, until the server answers 204 or
  /// something that is no event stream. A failed attempt is followed by a longer, random delay.
  ///
  /// Another method than GET is asked once: a normal end ends the sequence, everything else is thrown.
  public static let standard = ReconnectPolicy(mode: .standard)

  /// The request is made once. A normal end ends the sequence, everything else is thrown; a cut as `.cut`.
  public static let never = ReconnectPolicy(mode: .never)

  /// As `standard` for a GET. Another method ends with a normal end too, but is repeated after a cut or a failed
  /// attempt where that neither loses nor doubles an event: while nothing has been delivered, or when the last event
  /// had an `id` of its own, which is sent as `Last-Event-ID`. For servers that understand it; else `.cut` is thrown.
  public static let resumingCuts = ReconnectPolicy(mode: .resumingCuts)

  /// As `standard` for a GET, with every method: the request with its body is made again whenever its stream is over.
  public static let always = ReconnectPolicy(mode: .always)
}
