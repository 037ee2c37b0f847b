import SSEServer
import SSETestSupport
import SSETesting
import Testing

@Suite("S55: what pages of other origins may read")
struct CORSTests {
  /// A policy, a request, and what the answer says to a browser.
  struct Row: Sendable, CustomTestStringConvertible {
    var name: String
    var policy: CORSPolicy
    var method = "GET"
    var target = "/text"
    var origin: String?
    var status = 200
    var allowOrigin: String?
    var credentials: String?
    var vary: String?
    var testDescription: String { name }
  }

  static let app = "https://app.example"

  static let rows = [
    Row(name: "any origin", policy: .anyOrigin, origin: app, allowOrigin: "*"),
    Row(name: "any origin, and none is named", policy: .anyOrigin, allowOrigin: "*"),
    Row(name: "any origin, null", policy: .anyOrigin, origin: "null", allowOrigin: "*"),
    Row(name: "a listed origin", policy: .origins(app), origin: app, allowOrigin: app, vary: "Origin"),
    // A cache that has this answer must not give it to a page.
    Row(name: "no origin is named", policy: .origins(app), vary: "Origin"),
    Row(name: "an origin not on the list", policy: .origins(app), origin: "https://evil.example", vary: "Origin"),
    Row(name: "null, not on the list", policy: .origins(app, credentials: true), origin: "null", vary: "Origin"),
    // Compared whole, not by how they begin or end, and with case.
    Row(name: "a longer host", policy: .origins(app), origin: "https://app.example.evil", vary: "Origin"),
    Row(name: "a host in front", policy: .origins(app), origin: "https://x.app.example", vary: "Origin"),
    Row(name: "another scheme", policy: .origins(app), origin: "http://app.example", vary: "Origin"),
    Row(name: "another port", policy: .origins(app), origin: "https://app.example:8443", vary: "Origin"),
    Row(name: "another case", policy: .origins(app), origin: "https://App.example", vary: "Origin"),
    Row(
      name: "credentials", policy: .origins("https://b.example", app, credentials: true), origin: app, allowOrigin: app,
      credentials: "true", vary: "Origin"),
    Row(
      name: "a closure", policy: .origins(credentials: true) { origin, _ in origin.hasSuffix(".example") }, origin: app,
      allowOrigin: app, credentials: "true", vary: "Origin"),
    Row(name: "a closure says no", policy: .origins { _, _ in false }, origin: app, vary: "Origin"),
    Row(
      name: "a closure looks at the path", policy: .origins { _, request in request.path == "/text" }, origin: app,
      allowOrigin: app, vary: "Origin"),
    // Whatever the answer is, the page must be able to read why.
    Row(
      name: "an unknown path", policy: .origins(app), target: "/none", origin: app, status: 404, allowOrigin: app,
      vary: "Origin"),
    Row(
      name: "another method", policy: .origins(app), method: "PUT", origin: app, status: 405, allowOrigin: app,
      vary: "Origin"),
    Row(
      name: "a thrown status", policy: .origins(app), target: "/gone", origin: app, status: 410, allowOrigin: app,
      vary: "Origin"),
    Row(
      name: "an unknown error", policy: .origins(app), target: "/fault", origin: app, status: 500, allowOrigin: app,
      vary: "Origin"),
    Row(
      name: "fields that cannot be sent", policy: .origins(app), target: "/split", origin: app, status: 500,
      allowOrigin: app, vary: "Origin"),
    Row(
      name: "middleware refuses", policy: .origins(app), target: "/secret", origin: app, status: 401, allowOrigin: app,
      vary: "Origin"),
    Row(name: "a stream", policy: .origins(app), target: "/stream", origin: app, allowOrigin: app, vary: "Origin"),
    Row(
      name: "a stream's handler throws", policy: .origins(app, credentials: true), target: "/refused", origin: app,
      status: 403, allowOrigin: app, credentials: "true", vary: "Origin"),
    Row(
      name: "a topic", policy: .origins(app), method: "HEAD", target: "/topic", origin: app, allowOrigin: app,
      vary: "Origin"),
    Row(name: "any origin, a stream", policy: .anyOrigin, target: "/stream", origin: app, allowOrigin: "*"),
    Row(
      name: "the answer has a Vary of its own", policy: .origins(app), target: "/vary", origin: app, allowOrigin: app,
      vary: "Accept, Origin"),
    Row(
      name: "the thrown answer has a Vary of its own", policy: .origins(app), target: "/refused-vary", origin: app,
      status: 403, allowOrigin: app, vary: "Accept, Origin"),
    Row(
      name: "the answer varies with all", policy: .origins(app), target: "/vary-all", origin: app, allowOrigin: app,
      vary: "*"),
    // No preflight request without the method to follow: the router's own answer.
    Row(
      name: "a plain OPTIONS", policy: .origins(app), method: "OPTIONS", origin: app, status: 204, allowOrigin: app,
      vary: "Origin"),
  ]

  static func router(_ policy: CORSPolicy) -> Router {
    var router = Router()
    router.cors = policy
    router.use { request, next in
      if request.path == "/secret" { throw HTTPStatus.unauthorized }
      return try await next(request)
    }
    router.get("/text") { _ in .text("hello") }
    router.delete("/text") { _ in .text("gone") }
    router.get("/gone") { _ in throw HTTPStatus.gone }
    router.get("/fault") { _ in throw Fault() }
    router.get("/split") { _ in Response(headers: ["X-Split": "a\r\nb"]) }
    router.get("/vary") { _ in Response(headers: ["Vary": "Accept"]) }
    router.get("/vary-all") { _ in Response(headers: ["Vary": "*"]) }
    router.events("/stream") { _, events in try await events.send("one") }
    router.events("/refused") { _, _ in throw HTTPStatus.forbidden }
    router.events("/refused-vary") { _, _ in throw Response(status: .forbidden, headers: ["Vary": "Accept"]) }
    router.events("/topic", from: Topic(history: 1))
    return router
  }

  struct Fault: Error {}

  @Test("the answer tells the browser who may read it", arguments: rows)
  func answers(_ row: Row) async throws {
    var configuration = EventServerConfiguration()
    configuration.log = { _ in }  // Handlers fail on purpose.
    try await withEventServer(Self.router(row.policy), configuration: configuration) { baseURL in
      let origin = row.origin.map { "Origin: \($0)\r\n" } ?? ""
      let response = try await exchange(baseURL, request(row.method, row.target, origin))
      #expect(response.status == row.status)
      #expect(response.values(of: "Access-Control-Allow-Origin") == (row.allowOrigin.map { [$0] } ?? []))
      #expect(response.values(of: "Access-Control-Allow-Credentials") == (row.credentials.map { [$0] } ?? []))
      let vary = response.values(of: "Vary").joined(separator: ", ")
      #expect(vary == row.vary ?? "")
      #expect(response["Access-Control-Allow-Methods"] == nil)
    }
  }

  // MARK: - Preflight

  /// A policy, what is asked for, and what is allowed.
  struct Preflight: Sendable, CustomTestStringConvertible {
    var name: String
    var policy: CORSPolicy
    var target = "/text"
    var origin = app
    var method = "DELETE"
    var headers: String?
    var fields: [String: String]
    var testDescription: String { name }
  }

  static let varyAll = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"

  static func policy(_ change: (inout CORSPolicy) -> Void) -> CORSPolicy {
    var policy = CORSPolicy.origins(app)
    change(&policy)
    return policy
  }

  static let preflights = [
    Preflight(
      name: "a listed origin may ask as it wants", policy: .origins(app), headers: "authorization,x-a, , last-event-id",
      fields: [
        "Allow-Origin": app, "Allow-Methods": "DELETE", "Allow-Headers": "authorization, x-a, last-event-id",
        "Max-Age": "600", "Vary": varyAll,
      ]),
    Preflight(
      name: "any origin", policy: .anyOrigin, headers: "x-a",
      fields: ["Allow-Origin": "*", "Allow-Methods": "DELETE", "Allow-Headers": "x-a", "Max-Age": "600"]),
    Preflight(
      name: "credentials", policy: .origins(app, credentials: true),
      fields: [
        "Allow-Origin": app, "Allow-Credentials": "true", "Allow-Methods": "DELETE", "Max-Age": "600", "Vary": varyAll,
      ]),
    Preflight(
      name: "another origin is told nothing", policy: .origins(app, credentials: true), origin: "https://evil.example",
      headers: "x-a", fields: ["Vary": varyAll]),
    Preflight(name: "null is told nothing", policy: .origins(app), origin: "null", fields: ["Vary": varyAll]),
    Preflight(
      name: "methods and fields that are listed, whatever is asked for",
      policy: policy {
        $0.methods = [.put, .get]
        $0.requestHeaders = ["X-A", "Authorization"]
        $0.exposedHeaders = ["X-B", "Location"]
        $0.maxAge = nil
      }, headers: "x-c",
      fields: [
        "Allow-Origin": app, "Allow-Methods": "GET, PUT", "Allow-Headers": "X-A, Authorization",
        "Expose-Headers": "X-B, Location", "Vary": varyAll,
      ]),
    Preflight(
      name: "no time", policy: policy { $0.maxAge = .seconds(-1) },
      fields: ["Allow-Origin": app, "Allow-Methods": "DELETE", "Max-Age": "0", "Vary": varyAll]),
    Preflight(
      name: "what is no token is not repeated", policy: .origins(app), method: "DE LETE",
      headers: "x a, x:b, \"q\", ok",
      fields: ["Allow-Origin": app, "Allow-Headers": "ok", "Max-Age": "600", "Vary": varyAll]),
    // The browser asks before it knows of any route, and without credentials.
    Preflight(
      name: "an unknown path", policy: .origins(app), target: "/none",
      fields: ["Allow-Origin": app, "Allow-Methods": "DELETE", "Max-Age": "600", "Vary": varyAll]),
    Preflight(
      name: "a path that middleware guards", policy: .origins(app), target: "/secret", method: "POST",
      fields: ["Allow-Origin": app, "Allow-Methods": "POST", "Max-Age": "600", "Vary": varyAll]),
    Preflight(
      name: "a stream", policy: .origins(app), target: "/stream", method: "GET", headers: "last-event-id",
      fields: [
        "Allow-Origin": app, "Allow-Methods": "GET", "Allow-Headers": "last-event-id", "Max-Age": "600",
        "Vary": varyAll,
      ]),
  ]

  @Test("a preflight request is answered for every path, before middleware", arguments: preflights)
  func preflight(_ row: Preflight) async throws {
    try await withEventServer(Self.router(row.policy)) { baseURL in
      let fields =
        "Origin: \(row.origin)\r\nAccess-Control-Request-Method: \(row.method)\r\n"
        + (row.headers.map { "Access-Control-Request-Headers: \($0)\r\n" } ?? "")
      let response = try await exchange(baseURL, request("OPTIONS", row.target, fields))
      #expect(response.status == 204)
      var said: [String: String] = [:]
      for field in response.fields where field.name == "Vary" || field.name.hasPrefix("Access-Control-") {
        let name = field.name.replacing("Access-Control-", with: "")
        #expect(said.updateValue(field.value, forKey: name) == nil, "twice: \(name)")
      }
      #expect(said == row.fields)
    }
  }

  @Test("without a policy nothing is said, and OPTIONS is the router's")
  func none() async throws {
    var router = Router()
    router.get("/text") { _ in .text("hello") }
    try await withEventServer(router) { baseURL in
      let fields = "Origin: \(Self.app)\r\nAccess-Control-Request-Method: GET\r\n"
      let response = try await exchange(baseURL, request("OPTIONS", "/text", fields))
      #expect(response["Allow"] == "GET, HEAD, OPTIONS")
      #expect(response.fields.allSatisfy { !$0.name.hasPrefix("Access-Control-") && $0.name != "Vary" })
    }
  }

  @Test("an origin is written as browsers write it; else the program stops and says how")
  func origins() async throws {
    for origin in [
      "https://a.example", "http://localhost:3000", "http://[::1]:8080", "null", "http://a:443", "app://x",
    ] {
      #expect(CORSPolicy.isOrigin(origin), "\(origin)")
    }
    for origin in [
      "", "*", "a.example", "https://", "https://a.example/", "https://A.example", "https://a:443", "http://a:80",
      "https://u@a", "https://a?b", "https://a, https://b", "https://*.a.example",
    ] {
      #expect(!CORSPolicy.isOrigin(origin), "\(origin)")
    }
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = CORSPolicy.origins("https://app.example/")
    }
    let errors = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(errors.contains(#""https://app.example/" is no origin: write it as browsers do"#))
  }
}
