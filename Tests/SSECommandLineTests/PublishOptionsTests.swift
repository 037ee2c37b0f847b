import SSEClient
import Testing

@testable import SSECommandLine

@Suite("The options of sse publish")
struct PublishOptionsTests {
  private func options(_ words: [String], _ environment: [String: String] = [:]) throws -> PublishOptions {
    try PublishOptions(words, environment: environment)
  }

  @Test(
    "a URL without a path is a hub's; topic, type and key go into its query, whatever they hold",
    arguments: [
      (["http://host"], "http://host/publish"),
      (["http://host:1/"], "http://host:1/publish"),
      (["http://host?topic=a"], "http://host/publish?topic=a"),
      (["http://host/#x"], "http://host/publish"),
      (["https://host/hub/publish"], "https://host/hub/publish"),
      (["http://user:p@host/x?a=b", "--topic", "n"], "http://user:p@host/x?a=b&topic=n"),
      (
        ["http://[::1]:1", "--type", "a b&+%", "--event-key", "ü", "--topic=t"],
        "http://[::1]:1/publish?topic=t&type=a%20b%26%2B%25&key=%C3%BC"
      ),
      (["host:1", "--topic", "t"], "host:1?topic=t"),
    ] as [([String], String)])
  func urls(words: [String], url: String) throws {
    let options = try options(words)
    #expect(options.url == url)
  }

  @Test("data is one word; without it there are lines")
  func data() throws {
    #expect(try options(["url", "a b"]).data == "a b")
    #expect(try options(["url", "--", "-x"]).data == "-x")
    #expect(try options(["url"]).data == nil)
    #expect(throws: UsageError.unexpectedArgument("b")) { try options(["url", "a", "b"]) }
    #expect(throws: UsageError.missingArgument("the URL")) { try options([]) }
  }

  @Test("a token is the option's, else the environment's; a header field of the caller's own stands in its place")
  func token() throws {
    let environment = ["SSE_PUBLISH_TOKEN": "e"]
    #expect(try options(["url", "--token", "t"], environment).headers["Authorization"] == "Bearer t")
    #expect(try options(["url"], environment).headers["Authorization"] == "Bearer e")
    #expect(try options(["url", "-H", "authorization: Basic x"], environment).headers["Authorization"] == "Basic x")
    #expect(try options(["url"]).headers["Authorization"] == nil)
    #expect(throws: UsageError.conflict("--token", "--header Authorization")) {
      try options(["url", "--token", "t", "-H", "Authorization: x"])
    }
  }

  @Test(
    "what is said holds no token of a URL",
    arguments: [
      ("http://h/?access_token=secret: refused", "http://h/?access_token=…: refused"),
      ("http://h/?access_token=a:b&c=d: refused", "http://h/?access_token=…&c=d: refused"),
      ("http://h/?access_token=: refused", "http://h/?access_token=: refused"),
    ])
  func secrets(text: String, shown: String) {
    #expect(Console.shown(text) == shown)
  }

  @Test("how to connect is said as for sse listen")
  func connection() throws {
    let options = try options(["url", "--no-proxy", "-k", "--ids", "--keep-going", "--unix-socket", "/a"])
    #expect(options.configuration.proxy == .none)
    #expect(options.configuration.tls.trust == .insecureWithoutVerification)
    #expect(options.configuration.unixSocketPath == "/a")
    #expect(options.printsIDs && options.keepsGoing)
    #expect(throws: UsageError.self) { try PublishOptions(["url", "--compressed"]) }
  }
}
