/// Hears on an event loop that nobody reads any more what is written to a pipe, or that a terminal is gone, also while
/// nothing is written. It belongs to its loop's thread.
package final class HangUpWatch: PollTarget {
  private let loop: EventLoop
  private var descriptor: Int32
  private let heard: () -> Void

  /// Nil for what has no other side, such as a file. The descriptor stays the caller's.
  package init?(_ descriptor: Int32, loop: EventLoop, heard: @escaping () -> Void) {
    self.loop = loop
    self.descriptor = descriptor
    self.heard = heard
    super.init()
    // Errors and the end of both directions are reported without an interest; input of a terminal must not be.
    guard loop.watch(descriptor, [], self) else { return nil }
  }

  override func becameReady(_ ready: Readiness) {
    // Once: it would be reported for ever.
    close()
    heard()
  }

  /// May be called again.
  package func close() {
    guard descriptor >= 0 else { return }
    loop.unwatch(descriptor)
    descriptor = -1
  }
}
