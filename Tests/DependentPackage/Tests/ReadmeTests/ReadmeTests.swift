import SSEClient
import SSEServer
import SSETesting
import Testing

@Test func `a reader gets the first tick`() async throws {
  var router = Router()
  router.events("/ticks") { _, events in
    try await events.send("tick")
  }
  try await withEventServer(router) { baseURL in
    for try await event in EventClient().events(baseURL / "ticks") {
      #expect(event.data == "tick")
      break
    }
  }
}
