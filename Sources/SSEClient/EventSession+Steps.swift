import SSEHTTP1
import ServerSentEvents

/// What a session has its caller do, and what it is told of a receive.
extension EventSession {
  /// Time and chance, which tests pass in.
  final class Surroundings: Sendable {
    static let system = Surroundings(now: { .now })

    let now: @Sendable () -> Moment
    let secondsSince1970: @Sendable () -> Int64
    let fraction: @Sendable () -> Double

    init(
      now: @escaping @Sendable () -> Moment,
      secondsSince1970: @escaping @Sendable () -> Int64 = { Moment.secondsSince1970 },
      fraction: @escaping @Sendable () -> Double = { .random(in: 0...1) }
    ) {
      self.now = now
      self.secondsSince1970 = secondsSince1970
      self.fraction = fraction
    }
  }

  // No larger than it must be: it stands in the frame of each task that connects.
  enum Action {
    /// Let the caller's closure prepare the attempt.
    case prepare(Shared<EventAttempt>)
    /// Connect and send the request.
    case connect(Shared<OutgoingRequest>)
    /// Receive, and wait no longer than this.
    case receive(within: Duration)
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
