import SSEHTTP1
import ServerSentEvents

/// What a session has its caller do, and what it is told of a receive.
extension EventSession {
  // Indirect: an action is copied several times for each event, and is no larger than one so.
  enum Action {
    /// Let the caller's closure prepare the attempt.
    indirect case prepare(EventAttempt)
    /// Connect and send the request.
    indirect case connect(OutgoingRequest)
    /// Receive, and wait no longer than this.
    case receive(within: Duration)
    case deliver(EventMessage)
    /// Close the connection and go on.
    case close
    case wait(until: Moment)
    case finish
  }

  /// What a receive brought.
  enum Input {
    case bytes([UInt8])
    case endOfFile
    case failure
    /// TLS found the connection no longer good, or the server refused it.
    case insecure(TLSFailure)
    case timedOut
    /// The same, and the server has not taken the whole request yet.
    case timedOutSending
  }
}
