import Dispatch
import SSEServer

var router = Router()

router.events("/countdown/:from") { request, events in
  guard let start = Int(request.parameters["from"] ?? ""), start > 0 else { throw HTTPStatus.notFound }
  for number in (0...start).reversed() {
    try await events.send("\(number)", type: "number")
    try await Task.sleep(for: .seconds(1), clock: .eventLoop)
  }
}

router.events("/ticks") { _ in
  AsyncStream<ServerSentEvent>(bufferingPolicy: .bufferingNewest(100)) { continuation in
    let timer = DispatchSource.makeTimerSource()
    timer.setEventHandler { continuation.yield(ServerSentEvent(data: "tick")) }
    timer.schedule(deadline: .now(), repeating: .seconds(1))
    continuation.onTermination = { _ in timer.cancel() }
    timer.activate()
  }
}

let news = Topic(history: 1_000)
router.events("/news", from: news)
router.post("/news") { request in
  let id = try await news.publish(ServerSentEvent(data: try await request.text()))
  return .text(id, status: .accepted)
}

try await EventServer(router, port: 50080).run(drainingOn: [.terminate, .interrupt])
