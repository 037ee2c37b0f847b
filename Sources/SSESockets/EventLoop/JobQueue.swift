/// First in, first out, without moving what waits: a head index into an array that is emptied when all has run.
struct JobQueue {
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
      jobs.removeAll(keepingCapacity: true)
      head = 0
    } else if head >= 4_096 {
      // A queue that never runs dry does not grow for ever.
      jobs.removeFirst(head)
      head = 0
    }
    return job
  }
}
