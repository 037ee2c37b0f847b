import Foundation
import SSEServer

var router = Router()
router.events("/events/stream") { _, events in
  for _ in 1...10 {
    try await events.send(json: ["time": Date.now.formatted(.iso8601)])
    try await Task.sleep(for: .seconds(1), clock: .eventLoop)
  }
  try await events.send(json: ["finished": true])
}
try await EventServer(router, port: 50080).run()
