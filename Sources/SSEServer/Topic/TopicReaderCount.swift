import SSESockets

/// How many readers a topic has: those on connections, of all servers, and those in the process.
///
///     print(topic.readers.count)
///     for await count in topic.readers { label.text = "\(count) readers" }
///
/// As a sequence it gives the present number at once and then each change. An observer that is busy misses numbers that
/// have passed meanwhile, never the newest. It does not end by itself: leave the loop, or cancel its task.
public struct TopicReaderCount: AsyncSequence, Sendable {
  /// A number of readers.
  public typealias Element = Int
  /// It throws nothing.
  public typealias Failure = Never

  let observed: ObservedValue<Int>

  /// The number now.
  public var count: Int { observed.value }

  /// An observer, whose first number is the present one.
  public func makeAsyncIterator() -> Iterator { Iterator(observed: observed) }

  /// Observes the number.
  public struct Iterator: AsyncIteratorProtocol {
    let observed: ObservedValue<Int>
    private var seen: UInt64 = 0

    init(observed: ObservedValue<Int>) { self.observed = observed }

    /// The newest number, once it has changed; nil when the task is cancelled.
    public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async -> Int? {
      guard let (value, version) = await observed.next(after: seen) else { return nil }
      seen = version
      return value
    }
  }
}

extension Topic {
  /// How many readers this topic has, and how that changes.
  public var readers: TopicReaderCount { TopicReaderCount(observed: readerCount) }
}
