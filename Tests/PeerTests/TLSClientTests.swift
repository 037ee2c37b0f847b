import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

/// A server with TLS, a finite stream at "/events" and one without an end at "/open".
private func withSecureServer(_ body: (_ baseURL: URL, _ authority: String) async throws -> Void) async throws {
  try await TestCertificates.prepare()
  var configuration = EventServerConfiguration()
  configuration.tls = EventServerTLS(
    chainFile: try TestCertificates.file("chain"), privateKeyFile: try TestCertificates.file("chain", isKey: true))
  var router = Router()
  router.events("/events") { _, events in for index in 0..<1_000 { try await events.send("\(index)") } }
  router.events("/open") { _, events in
    try await events.send("first")
    try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
  }
  try await withEventServer(router, timeLimit: .seconds(30), configuration: configuration) { baseURL in
    try await body(baseURL, try TestCertificates.file("authority"))
  }
}

private let events = (0..<1_000).map { "data: \($0)\n\n" }.joined()

@Suite(
  "curl and a server with TLS", .timeLimit(.minutes(1)),
  .enabled(if: runsPeerTests, "Tests/run runs these, with SSE_TEST_PEERS=1; they need curl"))
struct CurlTLSTests {
  @Test(
    "it verifies the chain and prints all events",
    arguments: [[], ["--http1.0"], ["--tls-max", "1.2"], ["--http2"]])
  func wholeOutput(arguments: [String]) async throws {
    try await withSecureServer { baseURL, authority in
      let url = (baseURL / "events").absoluteString
      let result = try await Program.run("curl", ["-sSN", "--cacert", authority] + arguments + [url])
      #expect(result.output == events)
      #expect(result.errors == "")
      #expect(result.status == 0)
    }
  }

  @Test("it prints the first event while the stream goes on")
  func atOnce() async throws {
    try await withSecureServer { baseURL, authority in
      let arguments = ["-sSN", "--cacert", authority, (baseURL / "open").absoluteString]
      try await withRunningProgram("curl", arguments) { curl in
        let data = try await curl.output(matching: /data: (.*)\n\n/)
        #expect(data == "first")
      }
    }
  }

  @Test("S59: asked in plain text, the port says that it speaks https")
  func plain() async throws {
    try await withSecureServer { baseURL, _ in
      let url = "http://127.0.0.1:\(baseURL.port ?? 0)/events"
      let result = try await Program.run("curl", ["-sS", "-w", " %{http_code}", url])
      #expect(result.output == #"{"error":"this port speaks https, not http"} 400"#)
    }
  }
}

@Suite(
  "Python's ssl and a server with TLS", .timeLimit(.minutes(1)),
  .enabled(if: runsPeerTests, "Tests/run runs these, with SSE_TEST_PEERS=1; they need python3"))
struct PythonTLSTests {
  private static func run(protocols: String, least: String, most: String) async throws -> String {
    var output = ""
    try await withSecureServer { baseURL, authority in
      let fixtures = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
      let program = fixtures.appending(path: "tls_client.py").path(percentEncoded: false)
      let arguments = ["-W", "ignore", program, "\(baseURL.port ?? 0)", authority, protocols, least, most, "/events"]
      let result = try await Program.run("python3", arguments)
      #expect(result.errors == "")
      output = result.output
    }
    return output
  }

  @Test(
    "HTTP/1.1 is agreed on, and the TLS stream has an end",
    arguments: [("h2,http/1.1", "TLSv1_3", "TLSv1.3"), ("http/1.1", "TLSv1_2", "TLSv1.2")])
  func agreed(protocols: String, version: String, name: String) async throws {
    let output = try await Self.run(protocols: protocols, least: version, most: version)
    #expect(output.hasPrefix("\(name) http/1.1\nHTTP/1.1 200 OK"), "\(output.prefix(200))")
    #expect(output.hasSuffix("0\r\n\r\n") || output.hasSuffix("0\n\n"), "\(output.suffix(200))")
  }

  @Test("S59: a client that speaks only HTTP/2, or an old version of TLS, is refused by an alert")
  func refused() async throws {
    let onlyHTTP2 = try await Self.run(protocols: "h2", least: "TLSv1_3", most: "TLSv1_3")
    #expect(onlyHTTP2.lowercased().contains("no application protocol"), "\(onlyHTTP2)")
    let old = try await Self.run(protocols: "http/1.1", least: "TLSv1", most: "TLSv1_1")
    #expect(old.lowercased().contains("protocol version"), "\(old)")
  }
}
