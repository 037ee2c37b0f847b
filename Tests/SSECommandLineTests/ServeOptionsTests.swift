import SSEServer
import SSETestSupport
import Testing

@testable import SSECommandLine

@Suite("The options of sse serve")
struct ServeOptionsTests {
  private func options(_ words: [String], _ environment: [String: String] = [:]) throws -> ServeOptions {
    try ServeOptions(words, environment: environment)
  }

  @Test("without options it listens on loopback, open to its machine")
  func defaults() throws {
    let options = try options([])
    #expect(options.host == "127.0.0.1" && options.port == 50_080)
    #expect(options.topics.history == 1_000 && options.topics.most == 1_000)
    #expect(options.topics.historyBytes == 16 << 20)
    #expect(options.topics.lagRule == .endConnection)
    #expect(options.access.publishToken == nil && options.access.subscribeToken == nil)
    #expect(options.access.foreignPages == .these([]))
    #expect(options.access.isOnLoopback && !options.access.isSecure)
    #expect(options.configuration.compression == nil && options.dataPath == nil)
    #expect(options.configuration.tls == nil && options.configuration.limits.connections == nil)
    #expect(options.configuration.trustedProxies == nil && !options.isVerbose)
  }

  @Test("each option has its place")
  func all() throws {
    let options = try options([
      "--host", "0.0.0.0", "-p", "0", "--publish-token", "p", "--subscribe-token=s", "--cors", "https://a.example",
      "--cors", "http://localhost:3000", "--history", "5", "--history-mb", "2", "--max-topics", "7", "--lag", "newest",
      "--max-connections", "9", "--tls-cert", "c", "--tls-key", "k", "--trusted-proxy", "10.0.0.0/8", "-v",
      "--data", "d", "--gzip",
    ])
    #expect(options.host == "0.0.0.0" && options.port == 0)
    #expect(options.access.publishToken == "p" && options.access.subscribeToken == "s")
    #expect(options.access.foreignPages == .these(["https://a.example", "http://localhost:3000"]))
    #expect(!options.access.isOnLoopback && options.access.isSecure)
    #expect(options.topics.history == 5 && options.topics.historyBytes == 2 << 20 && options.topics.most == 7)
    #expect(options.topics.lagRule == .newestOfEachKey)
    #expect(options.configuration.limits.connections == 9)
    #expect(options.configuration.tls == EventServerTLS(chainFile: "c", privateKeyFile: "k"))
    let proxies = try TrustedProxies(["10.0.0.0/8"])
    #expect(options.configuration.trustedProxies == proxies)
    #expect(options.isVerbose && options.dataPath == "d")
    #expect(options.configuration.compression == .gzip)
  }

  @Test("a token comes from the environment too, where the option does not say otherwise")
  func environment() throws {
    let environment = ["SSE_PUBLISH_TOKEN": "p", "SSE_SUBSCRIBE_TOKEN": "s"]
    let options = try options(["--publish-token", "q", "--host", "::"], environment)
    #expect(options.access.publishToken == "q")
    #expect(options.access.subscribeToken == "s")
    // One that is set to nothing is no permission to go without.
    let error = #expect(throws: UsageError.self) { _ = try self.options([], ["SSE_PUBLISH_TOKEN": ""]) }
    #expect(error?.description.hasPrefix("SSE_PUBLISH_TOKEN: '…' is not a token") == true)
  }

  @Test("loopback is all of 127.0.0.0/8, and ::1", arguments: ["127.0.0.1", "127.1.2.3", "::1"])
  func loopback(host: String) throws {
    let options = try options(["--host", host])
    #expect(options.access.isOnLoopback)
  }

  @Test(
    "to listen elsewhere it wants a publish token",
    arguments: ["0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "::ffff:127.0.0.1", "fe80::1"])
  func others(host: String) throws {
    #expect(throws: UsageError.openToOthers(host: host)) { try options(["--host", host]) }
    let onlyReading = ["SSE_SUBSCRIBE_TOKEN": "s"]
    #expect(throws: UsageError.openToOthers(host: host)) { try options(["--host", host], onlyReading) }
    _ = try options(["--host", host], ["SSE_PUBLISH_TOKEN": "p"])
  }

  @Test(
    "what it cannot be is refused",
    arguments: [
      (["word"], "unexpected argument 'word'; see --help"),
      (["--host", "localhost"], "--host: 'localhost' is not an address in digits, such as 127.0.0.1"),
      (["--port", "65536"], "--port: '65536' is not a whole number from 0 to 65535"),
      (["--history", "0"], "--history: '0' is not a whole number from 1 to 10000000"),
      (["--lag", "wait"], "--lag: 'wait' is not one of end, skip, newest"),
      (["--tls-key", "k"], "--tls-cert, which --tls-key belongs to, is missing; see --help"),
      (["--publish-token", ""], "--publish-token: '…' is not a token: printable characters of ASCII without blanks"),
      (
        ["--subscribe-token", "a b"],
        "--subscribe-token: '…' is not a token: printable characters of ASCII without blanks"
      ),
      (["--cors", "*"], "--publish-token, which --cors '*' needs, is missing; see --help"),
      (["--cors", "null"], "--publish-token, which --cors 'null' needs, is missing; see --help"),
      (["--data", ""], "--data: '' is not a folder"),
      (["--cors", "*", "--cors", "null", "--publish-token", "p"], "'--cors '*'' and '--cors null' exclude each other"),
      (["--publish-tokne", "p"], "unknown option '--publish-tokne'; did you mean '--publish-token'?"),
    ] as [([String], String)])
  func refused(words: [String], message: String) throws {
    let error = #expect(throws: UsageError.self) { try options(words) }
    #expect(error?.description == message)
  }

  @Test(
    "an origin is written as browsers write it",
    arguments: ["app.example", "https://app.example/", "https://App.example"])
  func origins(origin: String) throws {
    let error = #expect(throws: UsageError.self) { try options(["--cors", origin]) }
    #expect(error?.description.contains("is not an origin as browsers write it") == true)
  }
}
