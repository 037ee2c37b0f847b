import SSESockets

/// When bytes last moved to a peer: an idle stream gets a comment, a reader that takes nothing is cut.
struct SendProgress {
  private var lastMove: UInt64
  private var sentCount = 0
  private var wasWaiting = false
  /// The kernel has been told to wait: the server itself looks whether bytes move.
  private var isKernelPatient = false

  init(now: UInt64) { lastMove = now }

  /// Of what follows on the same connection: what the kernel has been told still holds.
  func continued(now: UInt64) -> SendProgress {
    var progress = SendProgress(now: now)
    progress.isKernelPatient = isKernelPatient
    return progress
  }

  /// Nanoseconds since bytes last moved, or since they began to wait.
  mutating func idle(now: UInt64, sent: Int, isWaiting: Bool) -> UInt64 {
    if sent != sentCount || isWaiting != wasWaiting { lastMove = now }
    sentCount = sent
    wasWaiting = isWaiting
    return now &- lastMove
  }

  /// How long a reader may stay that is there and takes nothing is `EventServerLimits.stalledReader`'s to say; the
  /// kernel would reset it with those that have vanished, after `userTimeout`, and also one whose window never opens
  /// wide enough for a whole segment. So it is told to wait once such a reader is found, until nothing waits for it any
  /// more.
  mutating func adjustUserTimeout(
    of socket: StreamSocket, isWaiting: Bool, _ configuration: EventServerConfiguration
  ) {
    guard let timeout = configuration.userTimeout else { return }
    if isWaiting, !isKernelPatient, socket.hasClosedWindow {
      isKernelPatient = true
      socket.setUserTimeout(.zero)
    } else if !isWaiting, isKernelPatient {
      isKernelPatient = false
      socket.setUserTimeout(timeout)
    }
  }
}
