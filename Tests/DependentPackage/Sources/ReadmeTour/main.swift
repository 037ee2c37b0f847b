import SSEServer

var router = Router()

router.events("/countdown/:from") { request, events in
  guard let start = Int(request.parameters["from"] ?? ""), start > 0 else { throw HTTPStatus.notFound }
  for number in (0...start).reversed() {
    try await events.send("\(number)", type: "number")
    try await Task.sleep(for: .seconds(1), clock: .eventLoop)
  }
}

router.events("/orders") { _ in
  AsyncStream<ServerSentEvent>(bufferingPolicy: .bufferingNewest(100)) { continuation in
    let number = shop.subscribe { order in continuation.yield(ServerSentEvent(data: order)) }
    continuation.onTermination = { _ in shop.unsubscribe(number) }
  }
}

let news = Topic(history: 1_000)
router.events("/news", from: news)
router.post("/news") { request in
  let id = try await news.publish(ServerSentEvent(data: try await request.text()))
  return .text(id, status: .accepted)
}

try await EventServer(router, port: 50080).run(drainingOn: [.terminate, .interrupt])
