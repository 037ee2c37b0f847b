import SSEClient
import SSEServer
import SSETesting
import Testing

/// What is tested: a router whose handlers take their clock.
func ticks(clock: any Clock<Duration>) -> Router {
  var router = Router()
  router.events("/ticks") { _, events in
    for number in 1... {
      try await events.send("\(number)")
      try await clock.sleep(for: .seconds(60))
    }
  }
  return router
}

@Test func `there is a tick a minute, until the reader leaves`() async throws {
  let clock = ManualClock()
  try await withEventServer(ticks(clock: clock)) { baseURL in
    for try await event in EventClient().events(baseURL / "ticks") {
      try await clock.sleeper(for: .seconds(60))
      if event.data == "3" { break }
      clock.advance(by: .seconds(60))
    }
    try await clock.sleepers(atMost: 0)
  }
}
