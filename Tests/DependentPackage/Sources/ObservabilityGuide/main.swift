import SSEServer

let news = Topic()
var router = Router()
router.events("/news", from: news)
router.group("/operator") { operators in
  operators.require(.bearerToken(token))
  operators.get("/metrics") { request in await .metrics(request.server.metrics(topics: ["news": news])) }

  operators.get("/connections") { request in
    let connections = await request.server.connections(limit: 100, topics: ["news": news])
    return .text(connections.map { "\($0.id) \($0), \($0.lag ?? 0) events behind" }.joined(separator: "\n"))
  }
  operators.delete("/connections/:id") { request in
    let isClosed = await request.server.close(connection: try request.parameter("id"))
    return Response(status: isClosed ? .noContent : .notFound)
  }
}
try await EventServer(router, port: 8080).run(drainingOn: [.terminate, .interrupt])
