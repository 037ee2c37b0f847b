import SSEServer

var router = Router()
router.events("/events") { _, events in
  for number in 1...10 {
    try await events.send("hello \(number)")
    try await Task.sleep(for: .seconds(1), clock: .eventLoop)
  }
}
try await EventServer(router, port: 50080).run()
