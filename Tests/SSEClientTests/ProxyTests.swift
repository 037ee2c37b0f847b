import SSEHTTP1
import SSESockets
import SSETestSupport
import Testing

@testable import SSEClient

/// What goes to a proxy, and what comes of its answers.
@Suite(.timeLimit(.minutes(1))) struct ProxyTests {
  private static func configuration(_ variables: [String: String]) -> EventClientConfiguration {
    var configuration = EventClientConfiguration()
    configuration.environment = { variables }
    return configuration
  }

  @Test("C88: an http URL is asked of the proxy itself, with the whole URL and the proxy's credentials")
  func forwarded() async throws {
    let listener = try RawListener()
    let configuration = Self.configuration(["http_proxy": "http://u:p@127.0.0.1:\(listener.port)"])
    let source = EventClient(configuration: configuration).source("http://v:w@a.test/x y?z#part")
    async let events = collect(source, atMost: 1)
    let (peer, head) = try await listener.acceptRequest()
    #expect(lines(head)[0] == "GET http://a.test/x%20y?z HTTP/1.1")
    #expect(lines(head)[1] == "Host: a.test")
    #expect(lines(head).contains("Proxy-Authorization: Basic dTpw"))
    #expect(lines(head).contains("Authorization: Basic djp3"))
    try await peer.write(Peer.head + "data: 1\n\n")
    #expect(try await events.map(\.data) == ["1"])
  }

  @Test("C88: an https URL is asked through a tunnel; the proxy gets its credentials and nothing of the request")
  func tunnel() async throws {
    let listener = try RawListener()
    let (connection, peer, attempt) = try await Self.connected(to: listener, proxyCredentials: "u:p@")
    let proxy = try #require(attempt.route.proxy)
    async let opened: Void = attempt.openTunnel(through: proxy, over: connection)
    let head = try await peer.read(through: "\r\n\r\n")
    #expect(
      head == "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\nProxy-Authorization: Basic dTpw\r\n\r\n")
    // Fields about a body mean nothing here (RFC 9110, 9.3.6), other heads may come before it.
    try await peer.write(
      "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 Connection established\r\nContent-Length: 5\r\n\r\n")
    try await opened
    try await connection.send(Array("to".utf8))
    #expect(try await peer.read(count: 2) == Array("to".utf8))
    try await peer.write("from")
    #expect(try await connection.receive() == Array("from".utf8))
    connection.close()
  }

  private static func request(_ url: String, _ headers: HeaderFields) throws -> OutgoingRequest {
    let attempt = EventAttempt(url: url, number: 1, lastEventID: "", refusal: nil, headers: headers)
    let target = OutgoingRequest.Target(url: try RequestURL(url), method: .get, sendsBody: false)
    return try OutgoingRequest(attempt, to: target, from: target.url.origin, body: nil)
  }

  @Test("C88: the caller's own Proxy-Authorization goes to the proxy, in place of its URL's, and to no server")
  func ownAuthorization() async throws {
    let own: HeaderFields = ["Proxy-Authorization": "Bearer p"]
    let listener = try RawListener()
    let (connection, peer, attempt) = try await Self.connected(to: listener, proxyCredentials: "u:p@", headers: own)
    let proxy = try #require(attempt.route.proxy)
    async let opened: Void = attempt.openTunnel(through: proxy, over: connection)
    #expect(lines(try await peer.read(through: "\r\n\r\n")).last == "Proxy-Authorization: Bearer p")
    try await peer.write("HTTP/1.1 200 OK\r\n\r\n")
    try await opened
    connection.close()
    for (route, isTold) in [
      (attempt.route, false), (.direct, false), (.unixSocket(path: "/x"), false), (.forwarded(by: proxy), true),
    ] {
      let message = try Self.request("https://a.test/", own).head(via: route)
      #expect(String(decoding: message, as: UTF8.self).contains("Proxy-Authorization: Bearer p") == isTold, "\(route)")
      let other = try Self.request("https://a.test/", [:]).head(via: route)
      #expect(String(decoding: other, as: UTF8.self).contains("Proxy-Authorization: Basic dTpw") == isTold, "\(route)")
    }
  }

  @Test("C88: a limit below zero keeps nothing of a refusal's body")
  func noBody() throws {
    var answer = TunnelAnswer(EventClientLimits(errorBody: -1))
    answer.received(Array("HTTP/1.1 407 No\r\n\r\nbody".utf8))
    guard case .refused(_, body: []) = try answer.next() else {
      Issue.record("not refused")
      return
    }
  }

  private static func connected(
    to listener: RawListener, proxyCredentials: String = "", headers: HeaderFields = [:]
  ) async throws -> (Connection, RawConnection, ConnectionAttempt) {
    var configuration = EventClientConfiguration()
    configuration.proxy = .url("http://\(proxyCredentials)127.0.0.1:\(listener.port)")
    let attempt = try ConnectionAttempt(
      for: Shared(Self.request("https://a.test/", headers)), Shared(configuration), clock: ClientClock(nil))
    let address = try SocketAddress(numericHost: "127.0.0.1", port: listener.port)
    async let connection = Connection.connect(to: address, on: EventLoopGroup.shared.next())
    let peer = try await listener.accept()
    return (try await connection, peer, attempt)
  }

  struct Answer: Sendable {
    var text: String
    var kind = "proxyRefused"
    var says: [String]
    /// Whether it comes before the proxy closes.
    var isWhole = true
  }

  @Test(
    "C88: what a proxy answers but 2xx is an error with the answer; what is no answer, one that names the proxy",
    arguments: [
      Answer(
        text: "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 6\r\n\r\nWho\n? ",
        says: ["answered CONNECT with 407", "user and password", "The body begins: Who ?"]),
      Answer(text: "HTTP/1.1 502 Bad Gateway\r\n\r\nno route", says: ["502", "no route"], isWhole: false),
      Answer(
        text: "HTTP/1.1 503 \r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n", says: ["503", "begins: no"],
        isWhole: false),
      // A proxy that redirects is no server that does.
      Answer(text: "HTTP/1.1 302 Found\r\nLocation: http://b/\r\nContent-Length: 0\r\n\r\n", says: ["302"]),
      Answer(text: "SSH-2.0-OpenSSH\r\n", kind: "proxyFailed", says: ["its answer to CONNECT", "malformed"]),
      Answer(
        text: "HTTP/1.1 200", kind: "proxyFailed", says: ["closed the connection without an answer"], isWhole: false),
      Answer(text: "", kind: "proxyFailed", says: ["closed the connection without an answer"], isWhole: false),
    ])
  func answers(answer: Answer) async throws {
    let listener = try RawListener()
    let configuration = Self.configuration(["https_proxy": "http://u:secret@127.0.0.1:\(listener.port)"])
    let source = EventClient(configuration: configuration).source("https://v:secret@a.test/")
    async let result = outcome(of: source)
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write(answer.text)
    if !answer.isWhole { peer.shutDownWriting() }
    guard case .failure(let error) = await result else {
      Issue.record("no error")
      return
    }
    _ = try await peer.ending()
    #expect(error.kind == answer.kind)
    #expect(error.url == "https://a.test/")
    #expect(!"\(error)".contains("secret"))
    for part in answer.says + ["http://127.0.0.1:\(listener.port)"] { #expect("\(error)".contains(part), "\(error)") }
    if case .proxyRefused(let response, let proxy) = error {
      #expect(proxy == "http://127.0.0.1:\(listener.port)")
      #expect(answer.text.contains("\(response.head.status.code)"))
    }
  }

  @Test("C15, C88: a proxy's answer has the limits of a response, and a refusal's body that of an error")
  func limits() async throws {
    let rows: [(answer: String, kind: String)] = [
      ("HTTP/1.1 200 OK\r\nX: \(String(repeating: "x", count: 100_000))", "proxyFailed"),
      ("HTTP/1.1 502 No\r\n\r\n" + String(repeating: "x", count: 100_000), "proxyRefused"),
    ]
    for row in rows {
      let listener = try RawListener()
      let configuration = Self.configuration(["https_proxy": "127.0.0.1:\(listener.port)"])
      async let result = outcome(of: EventClient(configuration: configuration).source("https://a.test/"))
      let (peer, _) = try await listener.acceptRequest()
      // All but the first may be unwanted.
      async let written: Void? = try? peer.write(row.answer)
      guard case .failure(let error) = await result else {
        Issue.record("no error")
        return
      }
      await written
      #expect(error.kind == row.kind)
      if case .proxyRefused(let response, _) = error { #expect(response.body.count == 16_384) }
    }
  }

  @Test("C88: a refusal whose body does not end is told when the time for it is over")
  func slowBody() async throws {
    let listener = try RawListener()
    var configuration = Self.configuration(["https_proxy": "127.0.0.1:\(listener.port)"])
    configuration.timeouts.errorBody = .milliseconds(30)
    async let result = outcome(of: EventClient(configuration: configuration).source("https://a.test/"))
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write("HTTP/1.1 407 Who\r\nContent-Length: 10\r\n\r\nwho")
    guard case .failure(.proxyRefused(let response, _)) = await result else {
      Issue.record("\(await result)")
      return
    }
    #expect(response.text == "who")
  }

  @Test("C71, C88: a proxy that does not answer CONNECT is a timeout of connecting")
  func silentProxy() async throws {
    let listener = try RawListener()
    var configuration = Self.configuration(["https_proxy": "127.0.0.1:\(listener.port)"])
    configuration.timeouts.connect = .milliseconds(50)
    async let result = outcome(of: EventClient(configuration: configuration).source("https://a.test/"))
    let (peer, _) = try await listener.acceptRequest()
    guard case .failure(let error) = await result else {
      Issue.record("no error")
      return
    }
    #expect(error.kind == "timedOut(connect)")
    #expect(try await peer.ending() == .endOfFile)
  }

  @Test("C88: a proxy that cannot be reached is an error that says so", arguments: ["http", "https"])
  func unreachable(scheme: String) async throws {
    let port = try RawListener().port
    var configuration = Self.configuration(["all_proxy": "http://u:secret@proxy.test:\(port)"])
    configuration.nameResolver = NameResolver { host, port in
      guard host == "proxy.test" else { throw SocketError(.unknownHost, "find", host) }
      return [try SocketAddress(numericHost: "127.0.0.1", port: port)]
    }
    guard
      case .failure(let refused) = await outcome(
        of: EventClient(configuration: configuration).source("\(scheme)://a.test/"))
    else {
      Issue.record("no error")
      return
    }
    #expect(
      refused.description
        == "\(scheme)://a.test/: no connection through the proxy http://proxy.test:\(port): 127.0.0.1:\(port): "
        + "connection refused; is the server running there?; see EventClientConfiguration.proxy")
    configuration.environment = { ["all_proxy": "http://u:secret@other.test"] }
    guard
      case .failure(let unknown) = await outcome(
        of: EventClient(configuration: configuration).source("\(scheme)://a.test/"))
    else {
      Issue.record("no error")
      return
    }
    #expect(unknown.kind == "proxyFailed")
    #expect(unknown.description.contains("the proxy http://other.test:1080: unknown host"))
    #expect(!"\(refused)\(unknown)".contains("secret"))
  }

  @Test("C22, C88: a proxy's failures are thrown at once before the first accepted answer; 407 is never repeated")
  func recovery() {
    func refused(_ code: Int) -> EventClientError {
      let head = ResponseHead(status: HTTPStatus(code: code), headers: [:])
      return .proxyRefused(RefusedResponse(url: "http://h/", head: head, body: []), proxy: "http://p:1")
    }
    #expect(refused(502).recovery == .onceAccepted)
    #expect(refused(407).recovery == .none)
    #expect(EventClientError.proxyFailed("", proxy: "", url: "").recovery == .onceAccepted)
    #expect(EventClientError.unusableProxy("", reason: "", url: "").recovery == .none)
  }
}
