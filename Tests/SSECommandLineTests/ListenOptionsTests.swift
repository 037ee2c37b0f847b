import SSEClient
import Testing

@testable import SSECommandLine

@Suite("The options of sse listen")
struct ListenOptionsTests {
  private func request(_ words: [String]) throws -> StreamRequest {
    guard case .stream(let request) = try ListenOptions(words).source else {
      throw UsageError.missingArgument("stream")
    }
    return request
  }

  @Test("a URL alone is enough")
  func defaults() throws {
    let options = try ListenOptions(["http://host/"])
    #expect(options.format == .data)
    #expect(options.types.isEmpty && options.most == nil && options.timeout == nil && options.recordPath == nil)
    #expect(!options.joins && !options.isVerbose)
    let request = try request(["http://host/"])
    #expect(request.url == "http://host/")
    #expect(request.method == nil && request.body == nil && request.lastEventID.isEmpty)
    #expect(request.reconnect == .standard && request.configuration.proxy == .environment)
  }

  @Test("header fields keep their order, and lose the spaces around their values")
  func headers() throws {
    let request = try request(["-H", "A: 1", "url", "--header=a:2", "-HB:  x:y "])
    #expect(request.headers.map { "\($0.name)=\($0.value)" } == ["A=1", "a=2", "B=x:y"])
  }

  @Test("a body is text, a file or standard input; its type is JSON's where it is JSON; it makes a POST")
  func bodies() throws {
    #expect(try request(["url", "--data", "@a/b"]).body == .file("a/b"))
    #expect(try request(["url", "-d", "@-"]).body == .standardInput)
    #expect(try request(["url", "-d", "a@b"]).body == .text("a@b"))
    #expect(try request(["url", "-d", "{}"]).eventRequest().method == .post)
    #expect(try request(["url", "-d", "{}", "-X", "PUT"]).eventRequest().method == .put)
    #expect(try request(["url"]).eventRequest().method == .get)
  }

  @Test("how to connect, and whether again")
  func connection() throws {
    #expect(try request(["url", "--no-reconnect"]).reconnect == .never)
    #expect(try request(["url", "--retry-connect"]).reconnect.retriesFirstConnection)
    #expect(try request(["url", "-x", "http://proxy:1"]).configuration.proxy == .url("http://proxy:1"))
    #expect(try request(["url", "--no-proxy"]).configuration.proxy == .none)
    #expect(try request(["url", "--unix-socket", "/a"]).configuration.unixSocketPath == "/a")
    #expect(try request(["url", "--compressed"]).configuration.acceptsContentCodings)
    #expect(try !request(["url"]).configuration.acceptsContentCodings)
  }

  @Test("whom to trust, and what to show")
  func security() throws {
    func settings(_ words: String...) throws -> TLSSettings { try request(["url"] + words).configuration.tls }
    #expect(try settings() == TLSSettings())
    #expect(try settings("--cacert", "a.pem").trust == .certificateAuthorities(file: "a.pem"))
    #expect(try settings("-k").trust == .insecureWithoutVerification)
    let pins = try settings("--pinnedpubkey", "sha256//a", "--pinnedpubkey", "sha256//b")
    #expect(pins == TLSSettings(pinnedPublicKeys: ["sha256//a", "sha256//b"]))
    #expect(try settings("--pinnedpubkey", "sha256//a", "--insecure").trust == .pinnedPublicKeys)
    let certificate = try settings("--cert", "c.pem").clientCertificate
    #expect(certificate == .init(chainFile: "c.pem", privateKeyFile: "c.pem"))
    #expect(try settings("-Ec.pem", "--key", "k.pem").clientCertificate?.privateKeyFile == "k.pem")
  }

  @Test("what --json, --jsonl and --raw print")
  func formats() throws {
    #expect(try ListenOptions(["url", "--json", "a.0"]).format == .field(JSONPath("a.0")))
    #expect(try ListenOptions(["url", "--json", ""]).format == .field(JSONPath("")))
    #expect(try ListenOptions(["url", "--jsonl"]).format == .jsonLines)
    #expect(try ListenOptions(["url", "--raw"]).format == .stream)
  }

  @Test("a recording needs no URL")
  func replay() throws {
    guard case .recording("file", speed: 2.5) = try ListenOptions(["--replay", "file", "--speed", "2.5"]).source else {
      Issue.record("it is no recording")
      return
    }
  }

  @Test(
    "it refuses",
    arguments: [
      ([], "the URL is missing"),
      (["a", "b"], "unexpected argument 'b'"),
      (["a", "-H", "no colon"], "'no colon' is not a header field"),
      (["a", "-H", "a b: c"], "is not a header field"),
      (["a", "-H", "a: b\r\nc: d"], "is not a header field"),
      (["a", "-H", ": b"], "is not a header field"),
      (["a", "-H", "last-event-id: 1"], "use --last-event-id"),
      (["a", "-X", "GE T"], "'GE T' is not a method"),
      (["a", "-X", ""], "'' is not a method"),
      (["a", "--last-event-id", "1\n2"], "is not an ID that can be sent"),
      (["a", "--max", "0"], "--max: '0' is not a whole number from 1"),
      (["a", "--timeout", "-1"], "--timeout: '-1' is not a number above 0"),
      (["a", "--json", "x", "--raw"], "'--json' and '--raw' exclude each other"),
      (["a", "--jsonl", "--raw"], "'--jsonl' and '--raw' exclude each other"),
      (["a", "--join", "--raw"], "'--join' and '--raw' exclude each other"),
      (["a", "--replay", "f"], "unexpected argument 'a'"),
      (["a", "--proxy", "b", "--no-proxy"], "'--proxy' and '--no-proxy' exclude each other"),
      (["a", "--cacert", "b", "-k"], "'--cacert' and '--insecure' exclude each other"),
      (["a", "--key", "b"], "--cert, which --key belongs to, is missing"),
      (["a", "--no-reconnect", "--retry-connect"], "'--no-reconnect' and '--retry-connect' exclude each other"),
      (["--replay", "f", "--unix-socket", "g"], "'--replay' and '--unix-socket' exclude each other"),
      (["--replay", "f", "-H", "a: b"], "'--replay' and '--header' exclude each other"),
      (["--replay", "f", "--record", "g"], "'--replay' and '--record' exclude each other"),
      (["--replay", "f", "--no-reconnect"], "'--replay' and '--no-reconnect' exclude each other"),
      (["--replay", "f", "--speed", "0"], "--speed: '0' is not a number above 0"),
      (["a", "--speed", "2"], "--replay, which --speed belongs to, is missing"),
    ] as [([String], String)])
  func refused(words: [String], message: String) {
    let error = #expect(throws: UsageError.self) { try ListenOptions(words) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }
}
