import Foundation
import SSEServer
import SSETestSupport
import Testing

@testable import SSECommandLine

@Suite("Who may use a hub", .timeLimit(.minutes(1)))
struct HubAccessTests {
  /// Method and target of what readers, publishers and the page ask for.
  private static let reads = [("GET", "/metrics"), ("HEAD", "/events")]
  private static let publications = [("POST", "/publish")]
  private static let operations = [("GET", "/hub/settings"), ("DELETE", "/hub/connections/0")]

  private func expect(
    _ port: Int, _ request: (String, String), _ token: String?, isLetIn: Bool,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let fields = token.map { ["Authorization: Bearer \($0)"] } ?? []
    let answer = try await ask(port, request.0, request.1, fields, body: request.0 == "POST" ? "x" : nil)
    #expect((answer.status != 401) == isLetIn, sourceLocation: sourceLocation)
    if answer.status == 401 { #expect(answer.head.contains("WWW-Authenticate: Bearer")) }
  }

  @Test("without tokens everyone may do everything")
  func open() async throws {
    try await withHub { _, port in
      for request in Self.reads + Self.publications + Self.operations {
        try await expect(port, request, nil, isLetIn: true)
      }
    }
  }

  @Test("the publish token publishes, operates and reads; where it alone is set anyone reads")
  func publishToken() async throws {
    try await withHub(HubAccess(publishToken: "p")) { _, port in
      for request in Self.reads { try await expect(port, request, nil, isLetIn: true) }
      for request in Self.publications + Self.operations {
        try await expect(port, request, nil, isLetIn: false)
        try await expect(port, request, "x", isLetIn: false)
        try await expect(port, request, "p", isLetIn: true)
      }
    }
  }

  @Test("the subscribe token reads; it publishes and operates nothing where there is a publish token")
  func bothTokens() async throws {
    try await withHub(HubAccess(publishToken: "p", subscribeToken: "s")) { _, port in
      for request in Self.reads {
        try await expect(port, request, nil, isLetIn: false)
        try await expect(port, request, "s", isLetIn: true)
        try await expect(port, request, "p", isLetIn: true)
      }
      for request in Self.publications + Self.operations {
        try await expect(port, request, "s", isLetIn: false)
        try await expect(port, request, "p", isLetIn: true)
      }
    }
  }

  @Test("where there is a subscribe token alone the page asks for that")
  func subscribeToken() async throws {
    try await withHub(HubAccess(subscribeToken: "s")) { _, port in
      for request in Self.reads + Self.operations {
        try await expect(port, request, nil, isLetIn: false)
        try await expect(port, request, "s", isLetIn: true)
      }
      try await expect(port, ("POST", "/publish"), nil, isLetIn: true)
    }
  }

  @Test("a token may stand in the query, for EventSource; the page and the health need none")
  func query() async throws {
    try await withHub(HubAccess(publishToken: "p", subscribeToken: "s&")) { _, port in
      let answer = try await ask(port, "HEAD", "/events?access_token=s%26")
      #expect(answer.status == 200)
      #expect(try await ask(port, "HEAD", "/events?access_token=s").status == 401)
      for path in ["/", "/hub/page.js", "/hub/plot.js", "/hub/style.css", "/healthz"] {
        #expect(try await ask(port, "GET", path).status == 200)
      }
    }
  }

  // MARK: - Pages of other origins

  @Test(
    "a page of another origin neither publishes nor reads nor ends connections, and is told nothing",
    arguments: reads + publications + operations + [("GET", "/healthz")],
    [
      ["Origin: http://evil.example"], ["Origin: null"], ["Origin: http://localhost:1"],
      ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"], ["Sec-Fetch-Site: same-site"],
    ])
  func foreignPages(request: (String, String), fields: [String]) async throws {
    try await withHub { hub, port in
      let answer = try await ask(port, request.0, request.1, fields, body: request.0 == "POST" ? "x" : nil)
      #expect(answer.status == 403)
      #expect(!answer.head.contains("Access-Control"))
      #expect(hub.topics.byName.isEmpty)
    }
  }

  @Test("the hub's own page may ask, and be opened from a link elsewhere; so may what says of no page")
  func ownPage() async throws {
    try await withHub { _, port in
      for fields in [
        ["Origin: http://127.0.0.1:\(port)", "Sec-Fetch-Site: same-origin"], ["Sec-Fetch-Site: none"], [],
        ["Origin: https://127.0.0.1:\(port)"],
      ] {
        let answer = try await ask(port, "POST", "/publish", fields, body: "x")
        #expect(answer.status == 202)
      }
      let link = ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"]
      #expect(try await ask(port, "GET", "/", link).status == 200)
    }
  }

  @Test("an origin that is named may read and publish, and is told so; others still may not")
  func named() async throws {
    let access = HubAccess(foreignPages: .these(["https://app.example"]))
    try await withHub(access) { _, port in
      let answer = try await ask(port, "POST", "/publish", ["Origin: https://app.example"], body: "x")
      #expect(answer.status == 202)
      #expect(answer.head.contains("Access-Control-Allow-Origin: https://app.example"))
      let preflight = [
        "Origin: https://app.example", "Access-Control-Request-Method: POST",
        "Access-Control-Request-Headers: authorization",
      ]
      let allowed = try await ask(port, "OPTIONS", "/publish", preflight)
      #expect(allowed.status == 204)
      #expect(allowed.head.contains("Access-Control-Allow-Headers: authorization"))
      let other = try await ask(port, "POST", "/publish", ["Origin: http://app.example"], body: "x")
      #expect(other.status == 403)
      #expect(!other.head.contains("Access-Control-Allow-Origin"))
    }
  }

  @Test("all origins may be let in")
  func anyOrigin() async throws {
    try await withHub(HubAccess(publishToken: "p", foreignPages: .any)) { _, port in
      let answer = try await ask(port, "HEAD", "/events", ["Origin: https://any.example"])
      #expect(answer.status == 200)
      #expect(answer.head.contains("Access-Control-Allow-Origin: *"))
    }
  }

  @Test(
    "a hub on loopback answers under names of its machine alone: a page whose name leads there is not its own",
    arguments: [
      ("127.0.0.1", true), ("127.9.9.9:1", true), ("localhost:50080", true), ("LOCALHOST.", true),
      ("a.localhost", true), ("[::1]:50080", true), ("evil.example", false), ("evil.example:50080", false),
      ("localhost.evil.example", false), ("127.0.0.1.evil.example", false),
      ("0.0.0.0:50080", false), ("10.0.0.1", false),
      ("[::2]", false), ("", false),
    ])
  func hosts(host: String, isAnswered: Bool) async throws {
    try await withHub { _, port in
      let own = ["Origin: http://\(host.lowercased())"]
      let answer = try await ask(port, "POST", "/publish", own, host: host, body: "x")
      #expect(answer.status == (isAnswered ? 202 : 403))
    }
  }

  @Test("elsewhere any name will do; on loopback also that of an origin that is named, for a proxy in front")
  func otherHosts() async throws {
    try await withHub(HubAccess(publishToken: "p", isOnLoopback: false)) { _, port in
      let answer = try await ask(port, "HEAD", "/events", host: "hub.example")
      #expect(answer.status == 200)
    }
    try await withHub(HubAccess(foreignPages: .these(["https://hub.example"]))) { _, port in
      let named = try await ask(port, "HEAD", "/events", host: "hub.example")
      #expect(named.status == 200)
      #expect(try await ask(port, "HEAD", "/events", host: "other.example").status == 403)
    }
  }

  @Test("behind TLS a page of the same name without TLS is another origin")
  func insecureTwin() throws {
    let access = HubAccess(isOnLoopback: false, isSecure: true)
    #expect(access.isOwn("https://hub.example", host: "hub.example"))
    #expect(!access.isOwn("http://hub.example", host: "hub.example"))
  }
}
