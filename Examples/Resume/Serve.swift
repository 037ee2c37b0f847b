import SSEServer

/// `sse-resume`: publishes 1, 2, 3, … until Ctrl-C. The topic gives each number an ID and holds the last 10,000, so
/// that a reader which comes back gets what it missed.
func serve(_ options: ServeOptions) async throws {
  let numbers = Topic(history: 10_000)
  var router = Router()
  router.events("/numbers", from: numbers)
  let server = EventServer(router, port: options.port)
  try await withThrowingDiscardingTaskGroup { group in
    group.addTask {
      var number = 1
      while !Task.isCancelled {
        try await numbers.publish(ServerSentEvent(data: "\(number)"))
        number += 1
        // Cancelled when the server has ended.
        try? await Task.sleep(for: .milliseconds(options.intervalMilliseconds), clock: .eventLoop)
      }
    }
    try await server.run(drainingOn: [.terminate, .interrupt]) { address in
      say("Numbers at \(address.url)/numbers\nFollow them: swift run sse-resume follow \(address.url)/numbers")
    }
    group.cancelAll()
  }
}
