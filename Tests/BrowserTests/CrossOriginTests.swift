import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

@Suite(
  "S55: Chromium's pages of another origin", .serialized,
  .enabled(if: runsBrowserTests, "Tests/run runs these, with SSE_TEST_BROWSER=1; they need Debian's chromium-driver"))
struct CrossOriginTests {
  /// What a page of another origin tries, and what it learns.
  struct Row: Sendable {
    var name: String
    /// Nil: no policy. The argument is the page's origin.
    var policy: @Sendable (String) -> CORSPolicy?
    var attempt: String
    var outcome: String

    init(
      _ name: String, _ attempt: String, _ outcome: String, _ policy: @escaping @Sendable (String) -> CORSPolicy?
    ) {
      self.name = name
      self.attempt = attempt
      self.outcome = outcome
      self.policy = policy
    }
  }

  /// An `EventSource` says its first event, or that it is closed for good; `fetch` its status and text, or that it was
  /// refused.
  static let eventSource = "open(`${server}/stream`, {})"
  static let withCredentials = "open(`${server}/stream`, {withCredentials: true})"
  static let delete =
    "fetch(`${server}/thing`, {method: 'DELETE', headers: {Authorization: 'Bearer t'}})"
    + ".then(async r => r.status + ' ' + await r.text() + ' ' + r.headers.get('X-Extra'), () => 'refused')"
  static let missing = "fetch(`${server}/missing`).then(async r => r.status + ' ' + await r.text(), () => 'refused')"

  static let rows = [
    Row("an EventSource without a policy is refused", eventSource, "closed") { _ in nil },
    Row("an EventSource of any origin", eventSource, "hello, no cookie") { _ in .anyOrigin },
    Row("an EventSource with credentials, where any origin is allowed, is refused", withCredentials, "closed") { _ in
      .anyOrigin
    },
    Row("an EventSource with credentials", withCredentials, "hello, user=ann") { .origins($0, credentials: true) },
    Row("an EventSource with credentials that are not allowed is refused", withCredentials, "closed") { .origins($0) },
    Row("an EventSource of an origin that is not listed is refused", withCredentials, "closed") { _ in
      .origins("https://app.example", credentials: true)
    },
    Row("a request with a preflight request before it", delete, "200 deleted null") { .origins($0) },
    Row("a request with a preflight request before it, and a field that is shown", delete, "200 deleted yes") {
      var policy = CORSPolicy.origins($0)
      policy.exposedHeaders = ["X-Extra"]
      return policy
    },
    Row("a method that is not listed is refused by the preflight request", delete, "refused") {
      var policy = CORSPolicy.origins($0)
      policy.methods = [.put]
      return policy
    },
    Row("a field that is not listed is refused by the preflight request", delete, "refused") {
      var policy = CORSPolicy.origins($0)
      policy.requestHeaders = ["X-Other"]
      return policy
    },
    Row("the reason of a refusal can be read", missing, #"404 {"error":"Not Found"}"#) { .origins($0) },
    Row("the reason of a refusal cannot be read elsewhere", missing, "refused") { _ in nil },
  ]

  @Test("a page learns what the policy lets it learn")
  func policies() async throws {
    var page = Router()
    page.get("/") { _ in
      var response = Response.html("<!doctype html><title>Page</title>")
      // Cookies are a host's, whatever the port.
      response.headers["Set-Cookie"] = "user=ann"
      return response
    }
    try await withEventServer(page, timeLimit: .seconds(120)) { pageURL in
      try await withBrowser { browser in
        for row in Self.rows {
          let policy = row.policy("http://127.0.0.1:\(pageURL.port ?? 0)")
          try await withEventServer(Self.server(policy), timeLimit: .seconds(60)) { serverURL in
            try await browser.open(pageURL)
            let script = Self.script(row.attempt, "http://127.0.0.1:\(serverURL.port ?? 0)")
            let _: Bool = try await browser.execute(script)
            try await eventually("it has ended: \(row.name)", within: .seconds(20)) {
              try await browser.execute("return window.outcome !== undefined")
            }
            let outcome: String = try await browser.execute("return window.outcome")
            #expect(outcome == row.outcome, "\(row.name)")
          }
        }
      }
    }
  }

  private static func server(_ policy: CORSPolicy?) -> Router {
    var router = Router()
    router.cors = policy
    router.events("/stream") { request, events in
      try await events.send("hello, \(request.headers["Cookie"] ?? "no cookie")")
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    router.group { guarded in
      guarded.require(.bearerToken("t"))
      guarded.delete("/thing") { _ in
        var response = Response.text("deleted")
        response.headers["X-Extra"] = "yes"
        return response
      }
    }
    return router
  }

  private static func script(_ attempt: String, _ server: String) -> String {
    """
    const server = "\(server)";
    const open = (url, options) => new Promise((resolve) => {
      const source = new EventSource(url, options);
      source.onmessage = (event) => { resolve(event.data); source.close(); };
      source.onerror = () => { if (source.readyState === 2) resolve("closed"); };
    });
    \(attempt).then((outcome) => { window.outcome = outcome; });
    return true;
    """
  }
}
