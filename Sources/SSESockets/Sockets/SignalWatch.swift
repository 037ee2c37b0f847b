import CSSEPosix
import Synchronization

/// Hears the process's signals on an event loop, instead of their default action, until it is closed. One at a time in
/// a process, as signals are the process's. It belongs to its loop's thread.
package final class SignalWatch: PollTarget {
  private let loop: EventLoop
  private let signals: [Int32]
  private var descriptor: Int32
  private let received: (Int32) -> Void

  private static let isInUse = Mutex(false)

  /// Nil when another watch is open, no descriptor is free, or one of the numbers is no signal that can be heard.
  package init?(_ signals: [Int32], loop: EventLoop, received: @escaping (Int32) -> Void) {
    guard Self.isInUse.withLock({ Self.take(&$0) }) else { return nil }
    // Once each: the action that is given back at the end is the one found at the beginning.
    self.signals = Array(Set(signals))
    self.loop = loop
    self.received = received
    descriptor = sse_signal_watch(self.signals, Int32(self.signals.count))
    guard descriptor >= 0 else {
      Self.isInUse.withLock { $0 = false }
      return nil
    }
    super.init()
    guard loop.watch(descriptor, .read, self) else {
      endWatch()
      return nil
    }
  }

  /// Whether the flag was free; it is in use now.
  private static func take(_ isInUse: inout Bool) -> Bool {
    defer { isInUse = true }
    return !isInUse
  }

  override func becameReady(_ ready: Readiness) {
    // `received` may close the watch.
    while descriptor >= 0 {
      let number = sse_signal_next(descriptor)
      guard number > 0 else { return }
      received(number)
    }
  }

  /// Gives the signals back their earlier actions. May be called again.
  package func close() {
    guard descriptor >= 0 else { return }
    loop.unwatch(descriptor)
    endWatch()
  }

  private func endWatch() {
    sse_signal_unwatch(signals, Int32(signals.count))
    descriptor = -1
    Self.isInUse.withLock { $0 = false }
  }
}
