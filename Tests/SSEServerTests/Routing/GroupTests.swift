import SSEServer
import SSETestSupport
import SSETesting
import Testing

@Suite("A group of routes")
struct GroupTests {
  /// Two groups in each other, and routes outside of them.
  private func router(_ order: Recorder<String>) -> Router {
    func noting(_ name: String) -> Router.Middleware {
      { request, next in
        order.note(name)
        return try await next(request)
      }
    }
    var router = Router()
    router.get("/open") { _ in .text("open") }
    router.group("/admin/") { admin in
      admin.use(noting("first"))
      admin.require(.bearerToken("t"))
      admin.use(noting("second"))
      admin.get("") { _ in .text("admin") }
      admin.get("users/:id") { request in .text("user \(try request.parameter("id", as: Int.self))") }
      admin.events("/events") { _, events in
        order.note("handler")
        try await events.send("one")
      }
      admin.group("/:area") { area in
        area.use(noting("third"))
        area.post("/news") { request in .text("news of \(try request.parameter("area", as: String.self))") }
      }
    }
    router.group { free in free.get("/free") { _ in .text("free") } }
    router.use(noting("outer"))
    return router
  }

  @Test("its middleware and schemes stand before its routes, inside the router's, in their order")
  func order() async throws {
    let order = Recorder<String>()
    let token = "Authorization: Bearer t\r\n"
    let rows: [(String, String, String, Int, String, [String])] = [
      ("GET", "/open", "", 200, "open", ["outer"]),
      ("GET", "/free", "", 200, "free", ["outer"]),
      ("GET", "/admin", token, 200, "admin", ["outer", "first", "second"]),
      ("GET", "/admin/users/7", token, 200, "user 7", ["outer", "first", "second"]),
      ("GET", "/admin/events", token, 200, "data: one\n\n", ["outer", "first", "second", "handler"]),
      ("POST", "/admin/desk/news", token, 200, "news of desk", ["outer", "first", "second", "third"]),
      ("POST", "/admin/desk/news", "", 401, #"{"error":"Unauthorized"}"#, ["outer", "first"]),
      // The head alone is guarded too.
      ("HEAD", "/admin/events", token, 200, "", ["outer", "first", "second"]),
      ("HEAD", "/admin/events", "", 401, "", ["outer", "first"]),
      // What is no route of the group does not go through it.
      ("GET", "/admin/none/none", "", 404, #"{"error":"Not Found"}"#, ["outer"]),
      ("PUT", "/admin", "", 405, #"{"error":"Method Not Allowed"}"#, ["outer"]),
    ]
    var passed: [String] = []
    try await withEventServer(router(order)) { baseURL in
      for (method, path, fields, status, body, layers) in rows {
        let response = try await exchange(baseURL, request(method, path, fields))
        #expect(response.status == status, "\(method) \(path)")
        #expect(response.body == body, "\(method) \(path)")
        passed += layers
        #expect(order.values == passed, "\(method) \(path)")
      }
    }
  }

  @Test("what holds for all routes cannot be set in one: the program stops")
  func wholeRouters() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var router = Router()
      router.group("/a") { $0.cors = .anyOrigin }
    }
    let errors = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(errors.contains(#"the group "/a" sets cors, defaultHeaders or errorResponse"#))
  }
}
