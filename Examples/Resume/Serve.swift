import Foundation
import SSEServer

/// `sse-resume`: publishes 1, 2, 3, … until Ctrl-C. The topic gives each number an ID and holds the last 10,000, so
/// that a reader which comes back gets what it missed; with a file also after a restart.
func serve(_ options: ServeOptions) async throws {
  let location: TopicLogLocation = options.dataFile.map { .file(URL(filePath: $0)) } ?? .memory
  let numbers = try Topic(log: location, history: 10_000)
  var router = Router()
  router.events("/numbers", from: numbers)
  let server = EventServer(router, port: options.port)
  try await withThrowingTaskGroup { group in
    group.addTask { try await publish(to: numbers, options) }
    group.addTask {
      try await server.run(drainingOn: [.terminate, .interrupt]) { address in
        say("Numbers at \(address.url)/numbers\nFollow them: swift run sse-resume follow \(address.url)/numbers")
      }
    }
    // The server has been told to end, or a number could not be published: the other ends too.
    try await group.next()
    group.cancelAll()
  }
}

private func publish(to numbers: Topic, _ options: ServeOptions) async throws {
  // Of the run before, where there is a file.
  var number = numbers.newest.flatMap { Int($0.data) } ?? 0
  while !Task.isCancelled {
    number += 1
    let id = try await numbers.publish("\(number)")
    if options.showsNumbers { say("\(id) \(number)") }
    guard options.intervalMilliseconds > 0 else { continue }
    // Cancelled when the server has ended.
    try? await Task.sleep(for: .milliseconds(options.intervalMilliseconds), clock: .eventLoop)
  }
}
