/// First in, first out, without moving what waits: a head index into an array that is emptied when all has run.
struct JobQueue {
  /// An array with room for more than this is not kept after a burst.
  private static let roomKept = 4_096

  private var jobs: [UnownedJob] = []
  private var head = 0

  var isEmpty: Bool { head == jobs.count }

  mutating func append(_ job: UnownedJob) { jobs.append(job) }

  mutating func append(contentsOf others: [UnownedJob]) { jobs.append(contentsOf: others) }

  mutating func popFirst() -> UnownedJob? {
    guard head < jobs.count else { return nil }
    let job = jobs[head]
    head += 1
    if head == jobs.count {
      jobs.removeAll(keepingCapacity: jobs.capacity <= Self.roomKept)
      head = 0
    } else if head >= Self.roomKept, head * 2 >= jobs.count {
      // A queue that never runs dry does not grow for ever; on average a job is moved once at most.
      jobs.removeFirst(head)
      head = 0
    }
    return job
  }
}
