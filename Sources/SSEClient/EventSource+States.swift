import SSESockets

extension EventSource {
  /// Where a source stands, for a display.
  public enum State: Sendable {
    /// Nobody reads it yet.
    case idle
    /// An attempt is being prepared, or its answer awaited.
    case connecting
    /// An answer has been accepted.
    case open
    /// The connection is over, or could not be made; the next attempt begins after the delay, counted from the moment
    /// when this state began.
    case waiting(Duration, because: EventClientError)
    /// Nobody reads it any more.
    case closed(ClosingReason)

    /// Why a source is no longer read.
    public enum ClosingReason: Sendable {
      /// The sequence has ended: with status 204, or with the stream where its request is not made again.
      case finished
      /// The loop was left, or its task cancelled.
      case left
      /// The sequence has thrown this error.
      case failed(EventClientError)
    }
  }

  /// The state of this source, now and whenever it changes. Any number of tasks may observe it, and observing neither
  /// connects nor reads anything: that is the iterator's.
  ///
  ///     for await state in source.states { label.text = "\(state)" }
  ///
  /// An observer that is busy misses states that have passed meanwhile, never the newest. The sequence does not end by
  /// itself, since a closed source may be read again: leave the loop, or cancel its task, which ends it.
  public var states: States { States(state: state) }

  /// The states of an event source.
  public struct States: AsyncSequence, Sendable {
    /// A state.
    public typealias Element = State
    /// It throws nothing.
    public typealias Failure = Never

    let state: ObservedValue<State>

    /// An observer, whose first state is the present one.
    public func makeAsyncIterator() -> Iterator { Iterator(state: state) }

    /// Observes a source.
    public struct Iterator: AsyncIteratorProtocol {
      let state: ObservedValue<State>
      private var seen: UInt64 = 0

      init(state: ObservedValue<State>) { self.state = state }

      /// The newest state, once it is another than the one before; nil when the task is cancelled.
      public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async -> State? {
        guard let (value, version) = await state.next(after: seen) else { return nil }
        seen = version
        return value
      }
    }
  }
}
