/// What a client does when a stream is over, set in `EventRequest.reconnect`.
public struct ReconnectPolicy: Sendable, Hashable {
  enum Mode: Hashable {
    case never
    /// As an EventSource: a GET is asked again, another method is not.
    case standard
  }

  let mode: Mode
  /// How long to wait before a stream that ended or was cut is opened again, until the server says otherwise with
  /// `retry`. Default 3 s; from 0 to 24 h, what is beyond counts as the nearer of them.
  public var reconnectionTime: Duration = .seconds(3)
  /// The most that failures in a row add to the reconnection time. Default 30 s; from 0 to 24 h, as above.
  public var longestBackoff: Duration = .seconds(30)

  /// As the HTML Standard says: a GET is asked again whenever its stream is over, without a limit of attempts, until
  /// the server answers 204 or something that is no event stream. A failed attempt is followed by a longer, random
  /// delay; but until an answer has been accepted once, a connection that cannot be made is thrown at once.
  ///
  /// Another method than GET is asked once: a normal end ends the sequence, a cut is thrown as `.cut`.
  public static let standard = ReconnectPolicy(mode: .standard)

  /// The request is made once. A normal end ends the sequence, a cut is thrown as `.cut`.
  public static let never = ReconnectPolicy(mode: .never)
}
