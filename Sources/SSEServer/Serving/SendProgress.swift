/// When bytes last moved to a peer: an idle stream gets a comment, a reader that takes nothing is cut.
struct SendProgress {
  private var lastMove: UInt64
  private var sentCount = 0
  private var wasWaiting = false

  init(now: UInt64) { lastMove = now }

  /// Nanoseconds since bytes last moved, or since they began to wait.
  mutating func idle(now: UInt64, sent: Int, isWaiting: Bool) -> UInt64 {
    if sent != sentCount || isWaiting != wasWaiting { lastMove = now }
    sentCount = sent
    wasWaiting = isWaiting
    return now &- lastMove
  }
}
