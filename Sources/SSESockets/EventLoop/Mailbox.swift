import Synchronization

/// What other threads leave for a loop, and whether anyone is there to take it.
///
/// The promise: what is left is taken, exactly once, whenever it comes. Each change of `attendance` is made under the
/// lock that also guards the mail, so there are three cases and no gap between them. *Awake*: some thread looks into
/// the mailbox before it rests. *Asleep*: the loop's thread waits in its poller; whoever leaves mail makes it awake,
/// and wakes it. *Unattended*: the thread has ended; whoever leaves mail becomes the attendant, which makes the mailbox
/// awake for everyone else, until it leaves it empty. So at each moment at most one thread attends, and the lock hands
/// the loop's state from one to the next.
///
/// A thread is woken without the lock, which it would find taken. Until that is done the waker is counted, and the loop
/// does not end: its poller stays open.
final class Mailbox: Sendable {
  struct Mail {
    var jobs: [UnownedJob] = []
    var work: [@Sendable () -> Void] = []

    /// An array with room for more than this is not kept after a burst.
    private static let roomKept = 4_096

    var isEmpty: Bool { jobs.isEmpty && work.isEmpty }

    mutating func removeAll() {
      jobs.removeAll(keepingCapacity: jobs.capacity <= Self.roomKept)
      work.removeAll(keepingCapacity: work.capacity <= Self.roomKept)
    }
  }

  private enum Attendance { case awake, asleep, unattended }

  private struct State {
    var mail = Mail()
    var attendance = Attendance.awake
    var mustEnd = false
  }

  private let state = Mutex(State())
  /// Threads that are about to wake the loop. One more only under the lock.
  private let wakers = Atomic(0)

  // MARK: - From any thread

  /// Leaves something. True when the caller has become the attendant, and must take it.
  func leave(wake: () -> Void, _ put: (inout Mail) -> Void) -> Bool {
    let before = state.withLock { state in
      put(&state.mail)
      return rouse(&state)
    }
    if before == .asleep { finishRousing(wake) }
    return before == .unattended
  }

  /// Lets the attendant end when it has nothing left to do.
  func askToEnd(wake: () -> Void) {
    let before = state.withLock { state in
      state.mustEnd = true
      return state.attendance == .asleep ? rouse(&state) : state.attendance
    }
    if before == .asleep { finishRousing(wake) }
  }

  /// Makes it awake; how it was before. Where that is asleep, `finishRousing` must follow, without the lock.
  private func rouse(_ state: inout State) -> Attendance {
    defer { state.attendance = .awake }
    if state.attendance == .asleep { wakers.add(1, ordering: .relaxed) }
    return state.attendance
  }

  private func finishRousing(_ wake: () -> Void) {
    wake()
    wakers.subtract(1, ordering: .releasing)
  }

  // MARK: - From the attendant

  /// Puts what was left into `mail`, which must be empty; its room serves the next ones.
  func take(into mail: inout Mail) {
    state.withLock { state in
      swap(&state.mail, &mail)
      state.attendance = .awake
    }
  }

  /// Whether the attendant may wait in its poller; it is woken from now on.
  func fallAsleep() -> Bool {
    state.withLock { state in
      guard state.mail.isEmpty, !state.mustEnd else { return false }
      state.attendance = .asleep
      return true
    }
  }

  /// Whether the attendant was asked to end and nothing is left for it; `close` is then run under the lock.
  func end(_ close: () -> Void) -> Bool {
    state.withLock { state in
      guard state.mustEnd, state.mail.isEmpty, wakers.load(ordering: .acquiring) == 0 else { return false }
      close()
      state.attendance = .unattended
      return true
    }
  }
}
