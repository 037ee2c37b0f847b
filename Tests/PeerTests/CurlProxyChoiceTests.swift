import SSETestSupport
import Testing

@testable import SSEClient

@Suite(
  "The client and curl choose proxies alike", .serialized, .timeLimit(.minutes(1)),
  .enabled(if: runsPeerTests, "Tests/run runs these, with SSE_TEST_PEERS=1; they need curl"))
struct CurlProxyChoiceTests {
  /// Refuses connections, as curl's text then says.
  static let proxy = "127.0.0.9:1"

  @Test(
    "C88: the same environment, the same way",
    arguments: [
      [:], ["http_proxy": proxy], ["HTTP_PROXY": proxy], ["https_proxy": proxy], ["HTTPS_PROXY": proxy],
      ["all_proxy": proxy], ["ALL_PROXY": proxy], ["https_proxy": "", "HTTPS_PROXY": proxy],
      ["http_proxy": "", "all_proxy": proxy], ["all_proxy": "127.0.0.7:1", "ALL_PROXY": proxy],
      ["http_proxy": "http://\(proxy)/x?y"], ["http_proxy": "http://u:p@\(proxy)"],
      ["all_proxy": proxy, "NO_PROXY": "a.test"], ["all_proxy": proxy, "no_proxy": "x", "NO_PROXY": "a.test"],
      ["all_proxy": proxy, "no_proxy": "", "NO_PROXY": "a.test"],
    ], ["http://a.test/", "https://a.test/"])
  func variables(variables: [String: String], url: String) async throws { try await compare(url, variables) }

  @Test(
    "C88: the same exceptions",
    arguments: [
      "a.test", ".a.test", "test", "b.a.test", "A.TEST", "a.test.", "*", "x,*", "*.test", "x, a.test", "x,,a.test", ",",
      ".", "a.test:80", "10.1.2.3", "10.0.0.0/8", "10.2.0.0/16", "10.1.2.2/31", "10.1.2.4/31", "2.3", ".10.1.2.3",
      "10/8", "10.1.2.3/33", "10.1.2.3:80",
    ], ["http://a.test/", "http://b.a.test/", "http://nota.test/", "http://a.test./", "http://10.1.2.3/"])
  func exceptions(list: String, url: String) async throws {
    try await compare(url, ["http_proxy": Self.proxy, "no_proxy": list])
  }

  private func compare(_ url: String, _ variables: [String: String]) async throws {
    var configuration = EventClientConfiguration()
    configuration.environment = { variables }
    let route = try Route(to: RequestURL(url), configuration)
    // Set to nothing is not set: what the machine's own environment names is left out.
    let names = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"].flatMap { [$0, $0.uppercased()] }
    let unset = Dictionary(uniqueKeysWithValues: names.map { ($0, "") })
    let curl = try await Program.run(
      "curl", ["-sv", "--connect-to", "::127.0.0.8:1", url], environment: unset.merging(variables) { $1 })
    let address = curl.errors.firstMatch(of: /Trying (127\.0\.0\.\d+:1)/).map { String($0.1) }
    #expect(address == route.proxy.map { "\($0.host):\($0.port)" } ?? "127.0.0.8:1", "\(curl.errors)")
  }
}
