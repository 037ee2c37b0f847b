import SSEServer

var router = Router()

router.events("/orders/:shop") { request, events in
  let shop = try request.parameter("shop", as: Int.self)
  let from = try request.query("from", as: Int.self) ?? 0
  for try await order in orders.of(shop, from: from) {
    try await events.send(json: order, type: "order", id: "\(order.number)")
  }
}

router.events("/jobs/:id") { request, events in
  guard request.lastEventID != "done" else { throw HTTPStatus.noContent }
  for step in 1...3 {
    try await events.send("step \(step)")
    try await Task.sleep(for: .seconds(1), clock: .eventLoop)
  }
  try await events.send("", type: "finished", id: "done")
  try await events.close(retry: .seconds(60))
}

router.events("/prices") { request in
  guard let symbol = request.query("symbol") else { throw Response.error(.badRequest, "say which symbol") }
  return AsyncStream<ServerSentEvent>(bufferingPolicy: .bufferingNewest(1)) { continuation in
    let subscription = prices.subscribe(to: symbol) { continuation.yield(ServerSentEvent(data: $0)) }
    continuation.onTermination = { _ in subscription.cancel() }
  }
}

let news = Topic(history: 1_000)
router.events("/news", from: news)

router.use { request, next in
  guard !blocked.contains(request.remoteAddress) else { throw HTTPStatus.tooManyRequests }
  var response = try await next(request)
  response.headers["Server-Timing"] = "app"
  return response
}
router.defaultHeaders = ["Strict-Transport-Security": "max-age=31536000"]

router.group("/admin") { admin in
  admin.require(.bearerToken(settings.token))
  admin.post("/news") { request in
    let id = try await news.publish(ServerSentEvent(data: try await request.text()))
    return try .json(["id": id], status: .accepted)
  }
}
router.group("/me") { account in
  account.require(.bearerToken(queryName: "token") { token, _ in try await accounts.isValid(token) })
  account.events("/messages") { request, events in try await events.send("hello") }
}

router.cors = .origins("https://app.example", "http://localhost:3000", credentials: true)

router.errorResponse = { error in
  switch error {
  case let error as OrderError: .error(.conflict, "order \(error.number) is closed")
  default: nil
  }
}

var configuration = EventServerConfiguration()
configuration.gracePeriod = .seconds(20)
configuration.log = { entry in print("problem: \(entry)") }
configuration.accessLog = { record in print(record) }
let server = EventServer(router, host: "0.0.0.0", port: 8080, configuration: configuration)
try await server.run(drainingOn: [.terminate, .interrupt])
