/// A value that belongs to one event loop: it may be carried anywhere, and is touched on the loop's thread only.
///
/// This is the one place where state confined to a loop becomes `Sendable`.
@usableFromInline
package struct LoopBound<Value>: @unchecked Sendable {
  // Proof of Sendable.
  // In: the value comes from the loop's own thread, where all that refers to it is (checked), or the compiler has
  // proved with `sending` that nothing else refers to it.
  // Out: `value` is used here only. `onLoop` checks the thread and traps on another (a defect of this package, which no
  // input can cause); `submit` and `run` go to the loop's thread first, and their `@Sendable` bodies and `Sendable`
  // results carry nothing away. Who takes `onLoop` over an `await` is in a task that prefers the loop.
  // The end: the last reference may be dropped on any thread, so a value's `deinit` touches nothing of its loop.
  @usableFromInline package let loop: EventLoop
  @usableFromInline let value: Value

  /// A value that already belongs to the loop; on the loop's thread.
  @inlinable
  package init(_ value: Value, loop: EventLoop) {
    precondition(loop.isCurrent, "state of an event loop bound on another thread")
    self.loop = loop
    self.value = value
  }

  /// A value that nobody else refers to; any thread.
  package init(sending value: sending Value, loop: EventLoop) {
    self.loop = loop
    self.value = value
  }

  /// A value that is made for its loop before anyone else refers to it; any thread.
  package init(on loop: EventLoop, _ make: (EventLoop) -> sending Value) {
    self.init(sending: make(loop), loop: loop)
  }

  /// The value, on the loop's thread.
  @inlinable @inline(__always)
  package var onLoop: Value {
    precondition(loop.isCurrent, "state of an event loop touched on another thread")
    return value
  }

  /// Runs `body` with the value: at once on the loop's thread, else in the loop's next turn.
  @inlinable
  package func submit(_ body: @escaping @Sendable (Value) -> Void) {
    if loop.isCurrent { body(value) } else { loop.submit { body(onLoop) } }
  }

  /// Runs `body` with the value on the loop's thread and returns its result.
  package func run<R: Sendable>(_ body: @escaping @Sendable (Value) -> R) async -> R {
    if loop.isCurrent { return body(value) }
    return await loop.run { body(onLoop) }
  }
}
