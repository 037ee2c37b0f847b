import SSEServer
import SSETestSupport
import SSETesting
import Testing

@Suite struct RoutingTests {
  @Test("a path that goes on after its rest is a mistake of the program, and stops it")
  func restBeforeTheEnd() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var router = Router()
      router.get("/a/*x/b") { _ in .text("") }
    }
    let errors = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(errors.contains(#"the route "/a/*x/b" goes on after a segment that begins with *"#))
  }

  /// A path, the route that answers it, and what its parameters are then.
  struct Match: Sendable, CustomTestStringConvertible {
    var path: String
    var answer: String?
    var testDescription: String { path }

    init(_ path: String, _ answer: String?) {
      self.path = path
      self.answer = answer
    }

    static let patterns = [
      "/", "/news", "/news/", "/news/:id", "/news/latest", "/news/:id/comments", "/news/*rest", "/:any/comments",
      "/a/:b/:c", "/a/:b/d", "/docs/*rest", "/Über/:name",
    ]

    static let all = [
      Match("/", "/"),
      Match("/news", "/news"),
      Match("/news/", "/news/"),
      Match("/news/7", "/news/:id id=7"),
      Match("/news/latest", "/news/latest"),
      Match("/news/7/comments", "/news/:id/comments id=7"),
      Match("/news/7/8/9", "/news/*rest rest=7/8/9"),
      Match("/news/comments", "/news/:id id=comments"),
      Match("/old/comments", "/:any/comments any=old"),
      Match("/a/b/d", "/a/:b/d b=b"),
      Match("/a/b/x", "/a/:b/:c b=b,c=x"),
      Match("/a//d", nil),
      Match("/docs", "/docs/*rest rest="),
      Match("/docs/", "/docs/*rest rest="),
      Match("/docs/a/", "/docs/*rest rest=a/"),
      Match("/NEWS", nil),
      Match("/none", nil),
      Match("//", nil),
      // Decoded segment by segment: an escaped slash separates nothing.
      Match("/n%65ws/a%20b", "/news/:id id=a b"),
      Match("/news/a%2Fb", "/news/:id id=a/b"),
      Match("/news%2F7", nil),
      Match("/docs/a%2Fb", nil),
      Match("/docs/a%2F%CC%81b", nil),
      Match("/news/a+b", "/news/:id id=a+b"),
      Match("/news/%C3%A9", "/news/:id id=é"),
      Match("/%C3%9Cber/x", "/Über/:name name=x"),
      Match("/news/%2a", "/news/:id id=*"),
      Match("/news/:id", "/news/:id id=:id"),
      // Broken escapes, what is not UTF-8, and NUL.
      Match("/news/%", nil),
      Match("/news/%2", nil),
      Match("/news/%zz", nil),
      Match("/news/%FF", nil),
      Match("/news/%C0%AF", nil),
      Match("/news/%00", nil),
      // The query is no part of it.
      Match("/news?id=/news/7", "/news"),
      Match("/news/7?", "/news/:id id=7"),
      // An accent makes one Swift character of the slash before it.
      Match("/news/%CC%81x/comments", "/news/:id/comments id=\u{301}x"),
      Match("/docs/a/%CC%81b", "/docs/*rest rest=a/\u{301}b"),
    ]
  }

  @Test("a path finds its most specific route, whatever the order of the routes", arguments: Match.all)
  func matches(_ row: Match) async throws {
    for patterns in [Match.patterns, Match.patterns.reversed()] {
      var router = Router()
      for pattern in patterns {
        router.get(pattern) { request in
          let values = request.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
          return .text(([pattern] + (values.isEmpty ? [] : [values.joined(separator: ",")])).joined(separator: " "))
        }
      }
      try await withEventServer(router) { baseURL in
        let response = try await exchange(baseURL, request("GET", row.path))
        #expect(response.status == (row.answer == nil ? 404 : 200))
        if let answer = row.answer { #expect(response.body == answer) }
      }
    }
  }

  @Test("the query's items are decoded: plus is a space, names may repeat, broken escapes stay")
  func query() async throws {
    var router = Router()
    router.get("/query") { request in
      let items = request.queryItems.map { "[\($0.name)|\($0.value)]" }.joined()
      return .text("\(items) \(request.query("a") ?? "none") \(request.queryString ?? "none")")
    }
    let rows = [
      ("", " none none"),
      ("?", " none "),
      ("?a=1&b=2&a=3", "[a|1][b|2][a|3] 1 a=1&b=2&a=3"),
      ("?a+b=c+d&a=%2B", "[a b|c d][a|+] + a+b=c+d&a=%2B"),
      ("?a=%zz&a=%", "[a|%zz][a|%] %zz a=%zz&a=%"),
      ("?a&&=x&a==", "[a|][|x][a|=]  a&&=x&a=="),
      ("?a=x?y", "[a|x?y] x?y a=x?y"),
      ("?a=%E2%82%AC%0D%0A", "[a|€\r\n] €\r\n a=%E2%82%AC%0D%0A"),
    ]
    try await withEventServer(router) { baseURL in
      for (query, answer) in rows {
        let response = try await exchange(baseURL, request("GET", "/query\(query)"))
        #expect(response.body == answer)
      }
    }
  }

  @Test("S31: an unknown method is 501, an unknown path 404, a known path with another method 405 with Allow")
  func methods() async throws {
    var router = Router()
    router.get("/thing") { _ in .text("get") }
    router.put("/thing") { _ in .text("put") }
    router.delete("/thing/:id") { _ in .text("delete") }
    router.post("/thing/new") { _ in .text("post") }
    router.events("/events", method: .post) { _, events in try await events.send("one") }
    router.on(try #require(HTTPMethod(rawValue: "BREW")), "/pot") { _ in .text("brewed") }
    router.on(.head, "/own") { _ in Response(headers: ["X": "own"], bytes: []) }
    router.get("/own") { _ in .text("get") }
    router.on(.options, "/asked") { _ in .text("options") }
    let rows: [(String, String, Int, String?)] = [
      ("GET", "/thing", 200, nil),
      ("get", "/thing", 501, nil),
      ("FROB", "/thing", 501, nil),
      ("FROB", "/none", 501, nil),
      ("GET", "/none", 404, nil),
      ("OPTIONS", "/none", 404, nil),
      ("POST", "/thing", 405, "GET, HEAD, OPTIONS, PUT"),
      ("PATCH", "/thing", 405, "GET, HEAD, OPTIONS, PUT"),
      ("TRACE", "/thing", 405, "GET, HEAD, OPTIONS, PUT"),
      ("OPTIONS", "/thing", 204, "GET, HEAD, OPTIONS, PUT"),
      ("HEAD", "/thing/7", 405, "DELETE, OPTIONS"),
      ("DELETE", "/thing/new", 200, nil),
      ("GET", "/thing/new", 405, "DELETE, OPTIONS, POST"),
      ("GET", "/events", 405, "OPTIONS, POST"),
      ("HEAD", "/events", 405, "OPTIONS, POST"),
      ("POST", "/events", 200, nil),
      ("BREW", "/pot", 200, nil),
      ("GET", "/pot", 405, "BREW, OPTIONS"),
      ("BREW", "/thing", 501, nil),
      ("OPTIONS", "/asked", 200, nil),
    ]
    try await withEventServer(router) { baseURL in
      for (method, path, status, allow) in rows {
        let response = try await exchange(baseURL, request(method, path))
        #expect(response.status == status, "\(method) \(path)")
        #expect(response["Allow"] == allow, "\(method) \(path)")
      }
      #expect(try await exchange(baseURL, request("HEAD", "/own"))["X"] == "own")
    }
  }

  // MARK: - Middleware

  @Test("middleware wraps every route in its order, the first outermost, and unknown paths too")
  func middlewareOrder() async throws {
    let order = Recorder<String>()
    var router = Router()
    for name in ["outer", "inner"] {
      router.use { request, next in
        order.note("\(name) \(request.path)")
        var response = try await next(request)
        response.headers.append("X-Passed", name)
        return response
      }
    }
    router.get("/plain") { _ in
      order.note("handler")
      return .text("hello")
    }
    router.events("/stream") { _, events in
      order.note("stream")
      try await events.send("one")
    }
    router.events("/topic", from: Topic(history: 1))
    try await withEventServer(router) { baseURL in
      let plain = try await exchange(baseURL, request("GET", "/plain"))
      #expect(plain.values(of: "X-Passed") == ["inner", "outer"])
      let stream = try await exchange(baseURL, request("GET", "/stream"))
      #expect(stream.values(of: "X-Passed") == ["inner", "outer"])
      #expect(stream.body == "data: one\n\n")
      let topic = try await exchange(baseURL, request("HEAD", "/topic"))
      #expect(topic.values(of: "X-Passed") == ["inner", "outer"])
    }
    #expect(
      order.values == [
        "outer /plain", "inner /plain", "handler", "outer /stream", "inner /stream", "stream", "outer /topic",
        "inner /topic",
      ])
  }

  @Test("middleware refuses by throwing a status or by an answer of its own; what is inside does not run")
  func middlewareRefuses() async throws {
    let ran = Recorder<String>()
    var router = Router()
    router.use { request, next in
      if request.headers["Authorization"] == nil {
        var response = Response.text("who are you?", status: .unauthorized)
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
      }
      if request.query("late") != nil { throw HTTPStatus.tooManyRequests }
      return try await next(request)
    }
    router.events("/stream", method: .post) { _, events in
      ran.note("stream")
      try await events.send("one")
    }
    try await withEventServer(router) { baseURL in
      let refused = try await exchange(baseURL, request("POST", "/stream", "Content-Length: 5\r\n", body: "hello"))
      #expect(refused.status == 401)
      #expect(refused["WWW-Authenticate"] == "Bearer")
      #expect(refused["Connection"] == "keep-alive")
      #expect(try await exchange(baseURL, request("POST", "/stream?late", "Authorization: x\r\n")).status == 429)
      #expect(ran.values == [])
      #expect(try await exchange(baseURL, request("POST", "/stream", "Authorization: x\r\n")).status == 200)
      #expect(ran.values == ["stream"])
    }
  }

  @Test("a status that a stream's handler throws keeps the fields that middleware set, and loses the stream's own")
  func statusKeepsFields() async throws {
    var router = Router()
    router.use { request, next in
      var response = try await next(request)
      response.headers["Access-Control-Allow-Origin"] = "https://example.org"
      return response
    }
    router.events("/stream") { _, _ in throw HTTPStatus.forbidden }
    try await withEventServer(router) { baseURL in
      let response = try await exchange(baseURL, request("GET", "/stream"))
      #expect(response.status == 403)
      #expect(response["Access-Control-Allow-Origin"] == "https://example.org")
      #expect(response["Content-Type"] == "application/json")
      #expect(response["X-Accel-Buffering"] == nil)
      #expect(response["Transfer-Encoding"] == nil)
    }
  }
}
