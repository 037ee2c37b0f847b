import SSESockets

/// When bytes last moved to a peer: an idle stream gets a comment, a reader that takes nothing is cut.
struct SendProgress {
  private var lastMove: UInt64
  private var sentCount = 0
  private var wasWaiting = false
  /// The kernel has been told to wait for as long as the server does.
  private var isKernelPatient = false

  init(now: UInt64) { lastMove = now }

  /// Nanoseconds since bytes last moved, or since they began to wait.
  mutating func idle(now: UInt64, sent: Int, isWaiting: Bool) -> UInt64 {
    if sent != sentCount || isWaiting != wasWaiting { lastMove = now }
    sentCount = sent
    wasWaiting = isWaiting
    return now &- lastMove
  }

  /// How long a reader may stay that is there and takes nothing is `EventServerLimits.stalledReader`'s to say; the
  /// kernel would reset it with those that have vanished, after `userTimeout`. So that is made longer while such a reader
  /// takes nothing, and as it was when bytes move again.
  mutating func adjustUserTimeout(of socket: StreamSocket, idle: UInt64, _ configuration: EventServerConfiguration) {
    guard let timeout = configuration.userTimeout else { return }
    if isKernelPatient {
      guard idle == 0 else { return }
      isKernelPatient = false
      socket.setUserTimeout(timeout)
    } else if idle > timeout.clampedNanoseconds / 4, socket.hasClosedWindow {
      isKernelPatient = true
      socket.setUserTimeout(configuration.limits.stalledReader + timeout)
    }
  }
}
