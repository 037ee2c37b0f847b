/// A value that belongs to one event loop: it may be carried anywhere, and is touched on the loop's thread only.
///
/// This is the one place where state confined to a loop becomes `Sendable`. The proof: `value` is private; `onLoop`
/// checks the thread and traps on another (a defect of this package, which no input can cause), `run` and `submit`
/// go to the loop's thread first.
package struct LoopBound<Value>: @unchecked Sendable {  // Proof: see above.
  package let loop: EventLoop
  private let value: Value

  package init(_ value: Value, loop: EventLoop) {
    self.loop = loop
    self.value = value
  }

  /// A value that is made for its loop before it is shared.
  package init(on loop: EventLoop, _ make: (EventLoop) -> Value) { self.init(make(loop), loop: loop) }

  /// The value, on the loop's thread.
  @inline(__always)
  package var onLoop: Value {
    precondition(loop.isCurrent, "state of an event loop touched on another thread")
    return value
  }

  /// Runs `body` with the value: at once on the loop's thread, else in the loop's next turn.
  package func submit(_ body: @escaping @Sendable (Value) -> Void) {
    if loop.isCurrent { body(value) } else { loop.submit { body(onLoop) } }
  }

  /// Runs `body` with the value on the loop's thread and returns its result.
  package func run<R: Sendable>(_ body: @escaping @Sendable (Value) -> R) async -> R {
    if loop.isCurrent { return body(value) }
    return await loop.run { body(onLoop) }
  }
}
