import CSSEPosix
import Synchronization

/// Hears the process's signals on an event loop, instead of their default action, until it is closed. One at a time in
/// a process, as signals are the process's.
package final class SignalWatch: PollTarget {
  private let loop: EventLoop
  private let signals: [Int32]
  private let descriptor: Int32
  private let received: (Int32) -> Void

  private static let isInUse = Mutex(false)

  /// On the loop's thread. Nil when another watch is open, or no descriptor is free.
  package init?(_ signals: [Int32], loop: EventLoop, received: @escaping (Int32) -> Void) {
    guard
      Self.isInUse.withLock({ inUse in
        inUse
          ? false
          : {
            inUse = true
            return true
          }()
      })
    else { return nil }
    let descriptor = sse_signal_watch(signals, Int32(signals.count))
    guard descriptor >= 0 else {
      Self.isInUse.withLock { $0 = false }
      return nil
    }
    self.loop = loop
    self.signals = signals
    self.descriptor = descriptor
    self.received = received
    super.init()
    loop.watch(descriptor, .read, self)
  }

  override func becameReady(_ ready: Readiness) {
    while case let number = sse_signal_next(descriptor), number > 0 { received(number) }
  }

  /// Gives the signals back their earlier actions. On the loop's thread.
  package func close() {
    loop.unwatch(descriptor)
    sse_signal_unwatch(signals, Int32(signals.count))
    Self.isInUse.withLock { $0 = false }
  }
}
