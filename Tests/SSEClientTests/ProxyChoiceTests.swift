import Testing

@testable import SSEClient

/// Which proxy an environment names, as data. The rows were tried with curl 7.88; where it does otherwise the row says
/// so.
@Suite struct ProxyChoiceTests {
  struct Row: Sendable {
    var url = "http://a.test/"
    var variables: [String: String]
    /// Nil for none.
    var proxy: String?
  }

  private func proxy(_ row: Row) throws -> String? {
    var configuration = EventClientConfiguration()
    configuration.environment = { row.variables }
    return try Route(to: RequestURL(row.url), configuration).proxy?.description
  }

  @Test(
    "C88: the variable for a scheme, lower case first",
    arguments: [
      Row(variables: [:]),
      Row(variables: ["http_proxy": "http://p:1"], proxy: "http://p:1"),
      // The requester of a CGI program sets it with a header field "Proxy".
      Row(variables: ["HTTP_PROXY": "http://p:1"]),
      Row(variables: ["https_proxy": "http://p:1", "HTTPS_PROXY": "http://p:1"]),
      Row(url: "https://a.test/", variables: ["http_proxy": "http://p:1"]),
      Row(
        url: "https://a.test/", variables: ["https_proxy": "http://p:1", "HTTPS_PROXY": "http://p:2"],
        proxy: "http://p:1"),
      Row(url: "https://a.test/", variables: ["HTTPS_PROXY": "http://p:2"], proxy: "http://p:2"),
      // Set to nothing is not set.
      Row(url: "https://a.test/", variables: ["https_proxy": "", "HTTPS_PROXY": "http://p:2"], proxy: "http://p:2"),
      Row(variables: ["http_proxy": "", "all_proxy": "http://p:3"], proxy: "http://p:3"),
      Row(variables: ["all_proxy": "http://p:3", "ALL_PROXY": "http://p:4"], proxy: "http://p:3"),
      Row(variables: ["ALL_PROXY": "http://p:4"], proxy: "http://p:4"),
      // What is meant for one scheme goes before what is meant for all.
      Row(variables: ["http_proxy": "http://p:1", "all_proxy": "http://p:3"], proxy: "http://p:1"),
      Row(
        url: "https://a.test/", variables: ["HTTPS_PROXY": "http://p:2", "all_proxy": "http://p:3"], proxy: "http://p:2"
      ),
    ])
  func variable(row: Row) throws { #expect(try proxy(row) == row.proxy) }

  @Test(
    "C88: a proxy's URL, and the port of curl where none is given",
    arguments: [
      ("http://p", "http://p:1080"), ("p", "http://p:1080"), ("p:3128", "http://p:3128"),
      ("HTTP://P:80/", "http://p:80"),
      ("http://u:secret@p:1/path?query", "http://p:1"), ("u:secret@p:1", "http://p:1"), ("[::1]:8", "http://[::1]:8"),
    ])
  func proxyURL(text: String, proxy: String) throws {
    #expect(try self.proxy(Row(variables: ["http_proxy": text])) == proxy)
  }

  struct Exception: Sendable {
    var host: String
    var list: String
    var isDirect: Bool
  }

  @Test(
    "C88: no_proxy names hosts, what is below them, and addresses",
    arguments: [
      Exception(host: "a.test", list: "a.test", isDirect: true),
      Exception(host: "b.a.test", list: "a.test", isDirect: true),
      Exception(host: "b.a.test", list: ".a.test", isDirect: true),
      // The dot does not leave the name itself out.
      Exception(host: "a.test", list: ".a.test", isDirect: true),
      // Not by the last letters.
      Exception(host: "nota.test", list: "a.test", isDirect: false),
      Exception(host: "nota.test", list: ".a.test", isDirect: false),
      Exception(host: "a.test", list: "b.a.test", isDirect: false),
      Exception(host: "a.test", list: "test", isDirect: true),
      Exception(host: "A.Test", list: "a.TEST", isDirect: true),
      Exception(host: "a.test.", list: "a.test", isDirect: true),
      Exception(host: "a.test", list: "a.test.", isDirect: true),
      Exception(host: "a.test", list: "*", isDirect: true),
      // A star is no pattern, and alone only.
      Exception(host: "a.test", list: "x,*", isDirect: false),
      Exception(host: "a.test", list: "*.test", isDirect: false),
      Exception(host: "a.test", list: "x, a.test", isDirect: true),
      Exception(host: "a.test", list: "x a.test", isDirect: true),
      Exception(host: "a.test", list: ",x,,\ta.test ,", isDirect: true),
      Exception(host: "a.test", list: ".", isDirect: false),
      Exception(host: "a.test", list: ",", isDirect: false),
      // No ports.
      Exception(host: "a.test", list: "a.test:80", isDirect: false),
      Exception(host: "a.test", list: "10.0.0.0/8", isDirect: false),
      Exception(host: "10.1.2.3", list: "10.1.2.3", isDirect: true),
      Exception(host: "10.1.2.3", list: "10.0.0.0/8", isDirect: true),
      Exception(host: "10.1.2.3", list: "10.2.0.0/16", isDirect: false),
      // Not in whole bytes only.
      Exception(host: "10.1.2.3", list: "10.1.2.2/31", isDirect: true),
      Exception(host: "10.1.2.3", list: "10.1.2.4/31", isDirect: false),
      // Addresses are no names.
      Exception(host: "10.1.2.3", list: "2.3", isDirect: false),
      Exception(host: "10.1.2.3", list: ".10.1.2.3", isDirect: false),
      Exception(host: "10.1.2.3", list: "10/8", isDirect: false),
      Exception(host: "10.1.2.3", list: "10.1.2.3/33", isDirect: false),
      Exception(host: "10.1.2.3", list: "10.1.2.3/-1", isDirect: false),
      // curl takes these three otherwise: the first two for the address alone, the third for no address.
      Exception(host: "10.1.2.3", list: "10.1.2.3/x", isDirect: false),
      Exception(host: "10.1.2.3", list: "0.0.0.0/0", isDirect: true),
      Exception(host: "[2001:db8::1]", list: "[2001:db8::1]", isDirect: true),
      Exception(host: "[2001:db8::1]", list: "2001:db8:0::1", isDirect: true),
      Exception(host: "[2001:db8::1]", list: "2001:db8::/32", isDirect: true),
      Exception(host: "[2001:db8::1]", list: "2001:db9::/32", isDirect: false),
      Exception(host: "[2001:db8::1]", list: "0.0.0.0/0", isDirect: false),
    ])
  func exceptions(row: Exception) throws {
    let url = "http://\(row.host)/"
    let variables = ["http_proxy": "http://p:1", "no_proxy": row.list]
    #expect((try proxy(Row(url: url, variables: variables)) == nil) == row.isDirect)
  }

  @Test(
    "C88: no_proxy goes before NO_PROXY, unless it is empty",
    arguments: [
      (["NO_PROXY": "a.test"], true), (["no_proxy": "x", "NO_PROXY": "a.test"], false),
      (["no_proxy": "", "NO_PROXY": "a.test"], true),
    ])
  func exceptionsVariable(variables: [String: String], isDirect: Bool) throws {
    let row = Row(variables: variables.merging(["http_proxy": "http://p:1"]) { $1 })
    #expect((try proxy(row) == nil) == isDirect)
  }

  @Test(
    "C88: the machine itself never goes through a proxy from the environment",
    arguments: [
      ("localhost", true), ("LOCALHOST.", true), ("app.localhost", true), ("127.0.0.1", true), ("127.255.0.9", true),
      ("[::1]", true), ("[::ffff:127.0.0.1]", true), ("notlocalhost", false), ("localhost.test", false),
      ("128.0.0.1", false), ("[::2]", false), ("127.0.0.1.test", false),
    ])
  func loopback(host: String, isDirect: Bool) throws {
    for scheme in ["http", "https"] {
      #expect((try proxy(Row(url: "\(scheme)://\(host)/", variables: ["all_proxy": "p"])) == nil) == isDirect)
    }
  }

  @Test("C88: .none and .url override the environment; a Unix domain socket needs no proxy")
  func overridden() throws {
    var configuration = EventClientConfiguration()
    configuration.environment = { ["http_proxy": "http://p:1", "no_proxy": "*"] }
    configuration.proxy = .none
    #expect(try Route(to: RequestURL("http://a.test/"), configuration) == .direct)
    configuration.proxy = .url("http://q:2")
    for url in ["http://a.test/", "https://a.test/", "http://127.0.0.1/"] {
      #expect(try Route(to: RequestURL(url), configuration).proxy?.description == "http://q:2")
    }
    configuration.unixSocketPath = "/run/a"
    #expect(try Route(to: RequestURL("https://a.test/"), configuration) == .unixSocket(path: "/run/a"))
  }

  @Test(
    "C88: a proxy that cannot be used is an error that names it without its credentials, and what can be used",
    arguments: [
      "socks5://u:secret@p:1", "https://u:secret@p:1", "ftp://p", "http://", "http://u:secret@:1", "http://p:70000",
      " http://u:secret@p:1", "http://u:secret@p:x", "u:secret@p:x",
    ])
  func unusable(text: String) throws {
    let error = try #require(throws: EventClientError.self) { try proxy(Row(variables: ["http_proxy": text])) }
    #expect(error.kind == "unusableProxy")
    #expect(error.description.contains("http://host:port"), "\(error)")
    #expect(!"\(error)".contains("secret"))
    #expect(error.url == "http://a.test/")
  }

  @Test("C88: only a proxy that forwards sees the whole URL and has its credentials in the request")
  func requestTarget() throws {
    let http = try RequestURL("http://u:p@a.test:81/x?y#z")
    let https = try RequestURL("https://a.test/x?y#z")
    var configuration = EventClientConfiguration()
    configuration.proxy = .url("http://u:p%40@p:1")
    let forwarded = try Route(to: http, configuration)
    #expect(forwarded.requestTarget(for: http) == "http://a.test:81/x?y")
    #expect(forwarded.isForwarded)
    #expect(forwarded.proxy?.authorization == "Basic dTpwQA==")
    let tunnelled = try Route(to: https, configuration)
    #expect(tunnelled.requestTarget(for: https) == "/x?y")
    #expect(!tunnelled.isForwarded)
    #expect(Route.direct.requestTarget(for: http) == "/x?y")
    #expect(!Route.direct.isForwarded)
  }
}
