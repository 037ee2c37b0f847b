// What the event loop asks of the operating system: tell me which descriptors are ready.

/// What a descriptor is watched for.
package struct Interest: OptionSet, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }
  package static let read = Interest(rawValue: 1)
  package static let write = Interest(rawValue: 2)
  /// The peer has closed, or shut down its sending side. Off Linux a poller cannot tell that from input, and reports
  /// only errors and the end of both directions.
  package static let hangUp = Interest(rawValue: 4)
}

/// What a descriptor is ready for. `hangUp` also stands for an error on the socket: the next call tells which.
package typealias Readiness = Interest

package enum PollerKind: Sendable, CaseIterable {
  case epoll
  /// `poll(2)`: every Unix has it. Its cost grows with the number of descriptors.
  case poll

  package static var automatic: PollerKind {
    #if os(Linux)
      .epoll
    #else
      .poll
    #endif
  }

  func makePoller() throws(SocketError) -> any Poller {
    switch self {
    case .epoll:
      #if os(Linux)
        return try EpollPoller()
      #else
        return try PollPoller()
      #endif
    case .poll: return try PollPoller()
    }
  }
}

/// A back-end of the event loop. All but `wake` is called by one thread at a time, the loop's attendant.
protocol Poller: AnyObject {
  /// Begins to watch; false when the system refuses. `token` comes back with each readiness; a descriptor is added at
  /// most once. Without an interest, or with `hangUp` alone, errors and the end of both directions are still reported.
  func add(_ descriptor: Int32, _ interest: Interest, token: UInt64) -> Bool
  func modify(_ descriptor: Int32, _ interest: Interest, token: UInt64)
  func remove(_ descriptor: Int32)
  /// Waits until something is ready, `wake` is called, or the time is over (nil: no limit; zero: does not wait).
  func wait(nanoseconds: UInt64?, _ body: (_ token: UInt64, _ ready: Readiness) -> Void)
  /// Ends a wait under way, or the next one. Any thread; never after `close`.
  func wake()
  /// Gives up the descriptors; may be called again. Afterwards `add` is refused, `modify` and `remove` do nothing.
  func close()
}

extension Poller {
  /// Rounded up, so that a wait never ends before its timer is due.
  static func milliseconds(_ nanoseconds: UInt64?) -> Int32 {
    guard let nanoseconds else { return -1 }
    return Int32(clamping: nanoseconds / 1_000_000 + (nanoseconds % 1_000_000 == 0 ? 0 : 1))
  }
}
