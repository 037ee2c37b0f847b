import CSSEPosix

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// One thread that waits for sockets and timers and runs the tasks that prefer it.
///
/// It is a `TaskExecutor`: a child task added with `executorPreference:` runs its nonisolated code on this thread,
/// beside the socket it serves. It is not a `SerialExecutor`: that makes each async call several times dearer.
/// A turn: what is ready, what other threads left, timers that are due, jobs, then the writes that waited for the
/// turn's end. Of what was left and of jobs at most 256 each are done in a turn, for at most 4 ms together.
@usableFromInline
package final class EventLoop: TaskExecutor, @unchecked Sendable {
  // Proof of Sendable: `mailbox` is a mutex; `poller.wake` may be called anywhere, and the mailbox keeps the poller
  // open meanwhile; `thread` is for the owner's `init` and `stop`. All else belongs to the mailbox's attendant: the
  // loop's own thread, and, after its end, the one at a time that runs what is left late (see `Mailbox` and `runLate`).

  /// How much one turn does before it looks at the sockets again.
  static let jobsPerTurn = 256
  package static let nanosecondsPerTurn: UInt64 = 4_000_000
  /// A job, or another part of a turn, that takes longer than this is reported.
  package static let blockedAfter: Duration = .milliseconds(100)
  private static let blockedNanoseconds = blockedAfter.clampedNanoseconds

  package let name: String
  private let mailbox = Mailbox()
  private let poller: any Poller
  private var thread: LoopThread?
  private var mail = Mailbox.Mail()
  /// Where in the mail the first item stands that has not been done.
  private var nextWork = 0
  private var jobs = JobQueue()
  private var timers = TimerHeap()
  private var targets = TargetTable()
  private var flushes: [StreamSocket] = []
  private var turnStart: UInt64 = 0
  /// When the poller told of the sockets that are being looked after.
  private var pollStart: UInt64 = 0
  /// How many turns there have been, and how many timers are pending: for tests that nothing spins and nothing stays.
  private(set) var turnCount = 0
  var timerCount: Int { timers.count }
  /// 64 KiB that reads go through; what arrived is copied out at its true size.
  let readBuffer: UnsafeMutableRawBufferPointer
  var spareBuffers = SpareBuffers()
  private var runningJob: UInt = 0
  /// Told of each job that ran longer than `blockedAfter`, with the address of its task; and of what else held the loop
  /// for so long (a socket's or a timer's action, work from other threads), with 0. Set on the loop.
  package var reportBlocked: ((Duration, _ task: UInt) -> Void)?

  /// Starts the loop's thread, which runs until `stop`.
  package init(name: String, poller kind: PollerKind = .automatic) throws(SocketError) {
    self.name = name
    poller = try kind.makePoller()
    readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
    // The thread holds its loop until `stop`.
    thread = LoopThread { [self] in run() }
    guard thread != nil else {
      poller.close()
      throw SocketError(.system(EAGAIN), "start", "the thread of an event loop")
    }
  }

  deinit { readBuffer.deallocate() }

  /// Ends the thread, after it has run what was left for it, and waits for that. For the owner, once, on another
  /// thread. By then no task prefers this loop, no socket on it is open and no timer pending: these would never hear
  /// of anything again. Work and jobs that come later all the same are run by the threads that bring them.
  package func stop() {
    guard let thread else { return }
    precondition(!isCurrent, "an event loop cannot wait for its own end")
    mailbox.askToEnd(wake: poller.wake)
    thread.join()
    self.thread = nil
  }

  // MARK: - From any thread

  /// The loop whose thread this is.
  package static var current: EventLoop? {
    guard let pointer = sse_current_loop() else { return nil }
    return Unmanaged<EventLoop>.fromOpaque(pointer).takeUnretainedValue()
  }

  @usableFromInline
  package var isCurrent: Bool { sse_current_loop() == Unmanaged.passUnretained(self).toOpaque() }

  @usableFromInline
  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent {
      jobs.append(job)
    } else {
      leave { $0.jobs.append(job) }
    }
  }

  /// Runs `work` on the loop's thread in one of its next turns, in the order of submission.
  @usableFromInline
  package func submit(_ work: @escaping @Sendable () -> Void) {
    leave { $0.work.append(work) }
  }

  /// Runs `body` on the loop's thread and returns its result; straight on when already there.
  package func run<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
    if isCurrent { return body() }
    return await withUnsafeContinuation { continuation in
      submit { continuation.resume(returning: body()) }
    }
  }

  private func leave(_ put: (inout Mailbox.Mail) -> Void) {
    if mailbox.leave(wake: poller.wake, put) { runLate() }
  }

  /// Stands in for the thread that has ended, as the mailbox's attendant: with the thread's mark, so that what is run
  /// finds itself on its loop. What it leaves in turn, and what other threads leave meanwhile, is run here too, one
  /// after the other: a call of `leave` within finds the mailbox attended, and returns. No lock is held while it runs.
  private func runLate() {
    let outer = sse_current_loop()
    sse_set_current_loop(Unmanaged.passUnretained(self).toOpaque())
    defer { sse_set_current_loop(outer) }
    repeat { turn() } while !hasEnded()
  }

  // MARK: - On the loop's thread

  /// Nanoseconds of the monotonic clock.
  package static var now: UInt64 { sse_monotonic_nanoseconds() }

  /// The tick of the coarse clock (4 ms on most kernels); reading it takes a few nanoseconds.
  package static var tick: UInt64 { sse_coarse_nanoseconds() }

  /// Whether the running job has held the loop past its turn, so that it should let others run.
  package var isTurnOver: Bool { Self.tick &- turnStart >= Self.nanosecondsPerTurn }

  /// Whether the sockets that became ready have held the loop for as long as a turn may take: what is costly, and told
  /// of again by the poller, can wait for its next look.
  var isPollOver: Bool { Self.tick &- pollStart >= Self.nanosecondsPerTurn }

  /// The address of the task whose job runs now: the same at each of its resumptions, for as long as it lives.
  package var runningTask: UInt { runningJob }

  /// Lets `action` run once, on this loop, after `delay`.
  package func schedule(after delay: Duration, _ action: @escaping () -> Void) -> LoopTimer {
    let timer = LoopTimer(deadline: Self.now &+ delay.clampedNanoseconds, action: action)
    timers.insert(timer)
    return timer
  }

  /// Takes back a timer of this loop; one that has fired or was cancelled is left alone.
  package func cancel(_ timer: LoopTimer) { timers.remove(timer) }

  /// Begins to watch a descriptor; false when the system has no room for one more.
  func watch(_ descriptor: Int32, _ interest: Interest, _ target: PollTarget) -> Bool {
    if poller.add(descriptor, interest, token: targets.insert(target, for: descriptor)) { return true }
    targets.remove(descriptor)
    return false
  }

  func changeInterest(_ descriptor: Int32, _ interest: Interest) {
    poller.modify(descriptor, interest, token: targets.token(of: descriptor))
  }

  func unwatch(_ descriptor: Int32) {
    poller.remove(descriptor)
    targets.remove(descriptor)
  }

  /// Has the socket's waiting bytes sent at the end of this turn.
  func flushAtEndOfTurn(_ socket: StreamSocket) { flushes.append(socket) }

  private func run() {
    sse_set_current_loop(Unmanaged.passUnretained(self).toOpaque())
    sse_name_thread(name)
    repeat {
      var wokenAt: UInt64?
      poller.wait(nanoseconds: timeUntilNextTurn()) { token, ready in
        if wokenAt == nil {
          wokenAt = Self.tick
          pollStart = Self.tick
        }
        targets.target(of: token)?.becameReady(ready)
      }
      if let wokenAt { reportIfBlocked(since: wokenAt) }
      turn()
    } while !hasEnded()
    sse_set_current_loop(nil)
  }

  private func timeUntilNextTurn() -> UInt64? {
    guard jobs.isEmpty, isMailDone, mailbox.fallAsleep() else { return 0 }
    guard let deadline = timers.earliestDeadline else { return nil }
    let now = Self.now
    return deadline > now ? deadline - now : 0
  }

  private func turn() {
    turnCount += 1
    turnStart = Self.tick
    takeMail()
    let mailDone = reportIfBlocked(since: turnStart)
    fireTimers()
    let timersDone = reportIfBlocked(since: mailDone)
    runJobs(since: timersDone)
    let jobsDone = Self.tick
    flushSockets()
    reportIfBlocked(since: jobsDone)
  }

  /// Reports what has run since then, should it have held the loop for too long; the tick now.
  @discardableResult
  private func reportIfBlocked(since start: UInt64, task: UInt = 0) -> UInt64 {
    let now = Self.tick
    if now &- start >= Self.blockedNanoseconds { reportBlocked?(.nanoseconds(Int64(now &- start)), task) }
    return now
  }

  /// Whether all is done after `stop`; the poller is then closed, and nothing wakes it or watches with it any more.
  private func hasEnded() -> Bool { jobs.isEmpty && isMailDone && mailbox.end(poller.close) }

  private var isMailDone: Bool { nextWork == mail.work.count }

  /// What an item leaves in turn goes to the mailbox: it comes after what is here.
  private func takeMail() {
    if isMailDone {
      mail.removeAll()
      nextWork = 0
      mailbox.take(into: &mail)
      jobs.append(contentsOf: mail.jobs)
    }
    for item in mail.work[nextWork...].prefix(Self.jobsPerTurn) {
      nextWork += 1
      item()
      if isTurnOver { break }
    }
    if isMailDone {
      mail.removeAll()
      nextWork = 0
    }
  }

  private func fireTimers() {
    guard timers.earliestDeadline != nil else { return }
    let now = Self.now
    while let timer = timers.removeFirst(dueAt: now) { timer.action() }
  }

  private func runJobs(since start: UInt64) {
    var before = start
    for _ in 0..<Self.jobsPerTurn {
      guard let job = jobs.popFirst() else { return }
      runningJob = job.taskAddress
      job.runSynchronously(on: asUnownedTaskExecutor())
      runningJob = 0
      let after = reportIfBlocked(since: before, task: job.taskAddress)
      if after &- turnStart >= Self.nanosecondsPerTurn { return }
      before = after
    }
  }

  private func flushSockets() {
    while !flushes.isEmpty {
      var now: [StreamSocket] = []
      swap(&now, &flushes)
      for socket in now { socket.endOfTurn() }
      // The emptied array keeps its room for the next turn.
      now.removeAll(keepingCapacity: true)
      if flushes.isEmpty { swap(&now, &flushes) }
    }
  }
}

extension UnownedJob {
  /// A job of a task is the task's own record at every resumption, so its address tells tasks apart while they live.
  fileprivate var taskAddress: UInt {
    unsafeBitCast(self, to: UInt.self)  // `UnownedJob` is one pointer; it is compared only, never followed.
  }
}
