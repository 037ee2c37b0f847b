import Foundation
import SSEHTTP1
import SSESockets
import SSETestSupport
import Testing

@testable import SSEClient

/// URLs and what goes into the request.
@Suite(.timeLimit(.minutes(1))) struct RequestTests {
  struct Parts: Sendable {
    var url: String
    var host: String
    var port = 80
    var hostField: String
    var target: String
    var authorization: String?
  }

  @Test(
    "C19, C20: a URL is taken apart as a request needs it",
    arguments: [
      Parts(url: "http://h", host: "h", hostField: "h", target: "/"),
      Parts(url: "HTTP://h:80/", host: "h", hostField: "h", target: "/"),
      Parts(url: "http://h:81?a=b&c=%20#part", host: "h", port: 81, hostField: "h:81", target: "/?a=b&c=%20"),
      Parts(url: "http://h/a b/ä?q=ü x", host: "h", hostField: "h", target: "/a%20b/%C3%A4?q=%C3%BC%20x"),
      Parts(url: "http://h/a%20b", host: "h", hostField: "h", target: "/a%20b"),
      Parts(url: "http://[::1]/", host: "::1", hostField: "[::1]", target: "/"),
      Parts(url: "http://@h/", host: "h", hostField: "h", target: "/"),
      Parts(url: "http://:@h/", host: "h", hostField: "h", target: "/"),
      Parts(url: "http://:pw@h/", host: "h", hostField: "h", target: "/", authorization: "Basic OnB3"),
      Parts(url: "http://[::1]:8080/x", host: "::1", port: 8080, hostField: "[::1]:8080", target: "/x"),
      Parts(
        url: "http://user:p%40ss@h/", host: "h", hostField: "h", target: "/", authorization: "Basic dXNlcjpwQHNz"),
      Parts(url: "http://user@h/", host: "h", hostField: "h", target: "/", authorization: "Basic dXNlcjo="),
    ])
  func parts(row: Parts) throws {
    let url = try RequestURL(row.url)
    #expect(url.host == row.host)
    #expect(url.port == row.port)
    #expect(url.hostField == row.hostField)
    #expect(url.target == row.target)
    #expect(url.authorization == row.authorization)
    #expect(!url.description.contains("@"))
  }

  @Test(
    "C22: a text that cannot be asked is a typed error that names it",
    arguments: [
      ("http://", "malformedURL"), ("", "malformedURL"), ("not a url", "malformedURL"), ("/path", "malformedURL"),
      ("http://h:99999/", "malformedURL"), ("http://h:0/", "malformedURL"), ("http://a b/", "malformedURL"),
      ("wss://h/", "unsupportedScheme"), ("ftp://h/", "unsupportedScheme"), ("file:///etc", "unsupportedScheme"),
    ])
  func refused(text: String, kind: String) async {
    let result = await outcome(of: EventClient().source(text))
    guard case .failure(let error) = result else {
      Issue.record("no error for \(text)")
      return
    }
    #expect(error.kind == kind)
    #expect(error.url == text)
    #expect(error.description.hasPrefix("\(text): "))
    #expect(!error.description.contains("\n"))
  }

  @Test("A host and port without a scheme are told from a scheme", arguments: ["localhost:50080/events", "h:80"])
  func schemeMissing(text: String) async {
    guard case .failure(let error) = await outcome(of: EventClient().source(text)) else {
      Issue.record("no error for \(text)")
      return
    }
    #expect(error.description == "\(text): the scheme is missing; write http://\(text)")
  }

  @Test(
    "What a server sends cannot write a second line of an error, nor turn its text round",
    arguments: ["\n", "\u{1B}", "\u{85}", "\u{2028}", "\u{2029}", "\u{202E}", "\u{2066}", "\u{200F}", "\u{FEFF}"])
  func steering(text: String) {
    let response = RefusedResponse(
      url: "http://h/", head: ResponseHead(status: .ok, headers: ["Content-Type": "a\(text)b"]), body: [])
    let description = EventClientError.unexpectedContentType(response).description
    #expect(description.hasPrefix("http://h/: the server answered with content type 'a b'"), "\(description)")
  }

  @Test("Errors do not show the credentials of a URL")
  func credentials() async {
    for url in ["ftp://u:secret@h/", "http://u:secret@:1/", "http://u:secret@127.0.0.1:1/"] {
      guard case .failure(let error) = await outcome(of: EventClient().source(url)) else {
        Issue.record("no error for \(url)")
        continue
      }
      #expect(!"\(error)".contains("secret"), "\(error)")
    }
  }

  @Test("C22: a refused port is thrown at once and names the URL")
  func refusedPort() async {
    guard case .failure(let error) = await outcome(of: EventClient().source("http://127.0.0.1:1/a?b")) else {
      Issue.record("not refused")
      return
    }
    #expect(
      error.description
        == "http://127.0.0.1:1/a?b: connection to 127.0.0.1:1 refused; is the server running there?")
  }

  @Test("C22: an unknown host is thrown at once and named")
  func unknownHost() async throws {
    var configuration = EventClientConfiguration()
    configuration.nameResolver = NameResolver { host, _ in throw SocketError(.unknownHost, "find", host) }
    let source = EventClient(configuration: configuration).source("http://nowhere.invalid/")
    guard case .failure(.unknownHost("nowhere.invalid", let url)) = await outcome(of: source) else {
      Issue.record("not unknown")
      return
    }
    #expect(url == "http://nowhere.invalid/")
  }

  @Test("C20: an IPv6 address is connected to, and Host keeps its brackets")
  func ipv6() async throws {
    let listener = try RawListener.onIPv6()
    async let events = collect(EventClient().source("http://[::1]:\(listener.port)/"))
    let head = try await listener.answer(Peer.noContent)
    #expect(lines(head)[1] == "Host: [::1]:\(listener.port)")
    #expect(try await events.isEmpty)
  }

  @Test("C20: the resolver is given an IPv6 address without its brackets, and an address that refuses is passed over")
  func addressesInOrder() async throws {
    let listener = try RawListener()
    var configuration = EventClientConfiguration()
    configuration.nameResolver = NameResolver { host, port in
      #expect(host == "::1")
      return [
        try SocketAddress(numericHost: "127.0.0.1", port: 1),
        try SocketAddress(numericHost: "127.0.0.1", port: listener.port),
      ]
    }
    async let events = collect(EventClient(configuration: configuration).source("http://[::1]:8080/"))
    let head = try await listener.answer(Peer.noContent)
    #expect(lines(head)[1] == "Host: [::1]:8080")
    #expect(try await events.isEmpty)
  }

  @Test(
    "C90: what would begin another header line is refused before anything is sent",
    arguments: [
      EventRequest("http://127.0.0.1:1/", headers: ["X": "a\r\nY: b"]),
      EventRequest("http://127.0.0.1:1/", headers: ["X\r\nY": "a"]),
      EventRequest("http://127.0.0.1:1/", headers: ["X": "a\0"]),
      EventRequest("http://127.0.0.1:1/", lastEventID: "1\nX: y"),
      EventRequest("http://127.0.0.1:1/", headers: ["Last-Event-ID": "7"]),
      EventRequest("http://127.0.0.1:1/", headers: ["Content-Length": "7"]),
      EventRequest("http://127.0.0.1:1/", headers: ["transfer-encoding": "chunked"]),
      EventRequest("http://127.0.0.1:1/", method: .post, body: .json(Double.nan)),
    ])
  func injection(request: EventRequest) async {
    guard case .failure(.invalidRequest) = await outcome(of: EventClient().source(request)) else {
      Issue.record("not refused")
      return
    }
  }

  @Test("C40: a POST carries its body and its type, and ends with its stream")
  func post() async throws {
    struct Prompt: Codable {
      var text: String
      var model = "a/b"
    }
    let listener = try RawListener()
    let request = EventRequest(
      try #require(URL(string: "\(listener.url)/v1/messages")), method: .post, headers: ["X-Key": "k"],
      body: .json(Prompt(text: "hello")))
    async let events = collect(EventClient().events(request))
    let (peer, head) = try await listener.acceptRequest()
    let body = #"{"model":"a/b","text":"hello"}"#
    #expect(head.hasPrefix("POST /v1/messages HTTP/1.1\r\n"))
    #expect(lines(head).contains("Content-Type: application/json"))
    #expect(lines(head).contains("Content-Length: \(body.utf8.count)"))
    #expect(lines(head).contains("X-Key: k"))
    #expect(try await peer.read(count: body.utf8.count) == Array(body.utf8))
    try await peer.write(Peer.chunkedHead + Peer.chunk("data: 1\n\n") + Peer.lastChunk)
    #expect(try await events.map(\.data) == ["1"])
  }

  @Test("C5: a server that refuses before it has read the whole body is heard", arguments: [1_000, 20_000_000])
  func earlyRefusal(size: Int) async throws {
    let listener = try RawListener()
    let request = EventRequest(listener.url, method: .post, body: .bytes([UInt8](repeating: 0, count: size)))
    async let result = outcome(of: EventClient().source(request))
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\nmuch")
    // With bytes unread this is a reset.
    peer.close()
    guard case .failure(.unexpectedStatus(let response)) = await result else {
      Issue.record("\(await result)")
      return
    }
    #expect(response.text == "much")
  }

  @Test("C5: an answer is heard while the request is under way, though the server reads no more and stays")
  func answerWhileSending() async throws {
    let listener = try RawListener()
    let request = EventRequest(listener.url, method: .post, body: .bytes([UInt8](repeating: 0, count: 20_000_000)))
    async let result = outcome(of: EventClient().source(request))
    let (peer, _) = try await listener.acceptRequest()
    try await peer.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\nmuch")
    guard case .failure(.unexpectedStatus(let response)) = await result else {
      Issue.record("\(await result)")
      return
    }
    #expect(response.text == "much")
    peer.close()
  }

  @Test("C71: a request that the server does not take is a timeout that says so")
  func sendTimeout() async throws {
    let listener = try RawListener()
    let configuration = EventClientConfiguration(timeouts: .init(responseHead: .milliseconds(50)))
    let request = EventRequest(listener.url, method: .post, body: .bytes([UInt8](repeating: 0, count: 20_000_000)))
    async let result = outcome(of: EventClient(configuration: configuration).source(request))
    let peer = try await listener.accept()
    guard case .failure(let error) = await result else {
      Issue.record("no error")
      return
    }
    #expect(error.kind == "timedOut(request)")
    #expect(error.description.contains("the server did not take the whole request within 0.05 seconds"))
    peer.close()
  }

  @Test("C46: a POST that is cut throws, after what came")
  func cutPost() async throws {
    let listener = try RawListener()
    let request = EventRequest(listener.url, method: .post, body: .text("hello"))
    let source = EventClient().source(request)
    async let result = outcome(of: source)
    let (peer, _) = try await listener.acceptRequest()
    _ = try await peer.read(count: 5)
    try await peer.write(Peer.chunkedHead + Peer.chunk("id: 1\ndata: 1\n\n"))
    peer.close()
    guard case .failure(.cut(let url)) = await result else {
      Issue.record("not cut")
      return
    }
    #expect(url == "\(listener.url)/")
    #expect(source.lastEventID == "1")
  }

  @Test("C71: the timeouts of connecting and of the head are typed errors that name what to raise")
  func timeouts() async throws {
    let listener = try RawListener()
    var configuration = EventClientConfiguration(
      timeouts: .init(connect: .milliseconds(20), responseHead: .milliseconds(20)))
    let silent = EventClient(configuration: configuration).source(EventRequest(listener.url, reconnect: .never))
    guard case .failure(let slow) = await outcome(of: silent) else {
      Issue.record("no error")
      return
    }
    #expect(slow.kind == "timedOut(responseHead)")
    #expect(slow.description.contains("EventClientTimeouts.responseHead"))

    configuration.nameResolver = NameResolver { _, _ in
      try await EventLoopGroup.shared.next().sleep(for: .seconds(60))
      return []
    }
    guard case .failure(let slower) = await outcome(of: EventClient(configuration: configuration).source("http://h/"))
    else {
      Issue.record("no error")
      return
    }
    #expect(slower.kind == "timedOut(connect)")
  }
}
