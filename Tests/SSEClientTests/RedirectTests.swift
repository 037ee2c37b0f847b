import SSEHTTP1
import SSETestSupport
import Testing

@testable import SSEClient

/// Redirects without a socket: what the next request is.
@Suite struct RedirectTests {
  static let first = "http://h/a/b?q"

  private func answer(_ code: Int, to location: String?, _ more: String = "") -> [UInt8] {
    Array("HTTP/1.1 \(code) Elsewhere\r\n\(location.map { "Location: \($0)\r\n" } ?? "")\(more)\r\n".utf8)
  }

  /// Gives an answer and steps to the next request.
  private func follow(
    _ driver: inout SessionDriver, _ code: Int, to location: String
  ) throws -> OutgoingRequest {
    #expect(driver.connect(answer(code, to: location)) == [.close])
    return try driver.request()
  }

  struct Location: Sendable {
    var location: String
    var url: String
  }

  @Test(
    "C50: every redirect is followed, to an absolute and to a relative location",
    arguments: [301, 302, 303, 307, 308],
    [
      Location(location: "http://other:81/x?y#z", url: "http://other:81/x?y"),
      Location(location: "/x", url: "http://h/x"),
      Location(location: "x", url: "http://h/a/x"),
      Location(location: "../x", url: "http://h/x"),
      Location(location: "//other/x", url: "http://other/x"),
      Location(location: "?r", url: "http://h/a/b?r"),
      Location(location: "", url: "http://h/a/b?q"),
      Location(location: "/ä b", url: "http://h/%C3%A4%20b"),
    ])
  func followed(code: Int, row: Location) throws {
    var driver = SessionDriver(EventRequest(Self.first))
    let request = try follow(&driver, code, to: row.location)
    #expect(request.target.url.description == row.url)
    #expect(request.target.method == .get)
    #expect(driver.connect((Peer.head + "data: a\n\n").utf8) == [.opened, .event("a")])
  }

  @Test(
    "C51: 307 and 308 keep method and body, 301, 302 and 303 make a POST a GET without its body and the body's fields",
    arguments: [301, 302, 303, 307, 308])
  func method(code: Int) throws {
    var request = EventRequest(Self.first, method: .post, headers: ["X-Mine": "1", "Content-Language": "en"])
    request.body = .json(["a": 1])
    var driver = SessionDriver(request)
    let next = try follow(&driver, code, to: "/x")
    let isKept = code >= 307
    #expect(next.target.method == (isKept ? .post : .get))
    #expect(next.sentBody == (isKept ? Array(#"{"a":1}"#.utf8) : []))
    for name in ["Content-Type", "Content-Length", "Content-Language"] {
      #expect(next.fields.contains(name) == isKept, "\(name)")
    }
    #expect(next.fields["X-Mine"] == "1")
    #expect(next.fields["Accept"] == "text/event-stream")
  }

  @Test("C51: a method other than POST becomes GET with 303 only", arguments: [301, 302, 303])
  func otherMethod(code: Int) throws {
    var driver = SessionDriver(EventRequest(Self.first, method: .put, body: .text("x")))
    let next = try follow(&driver, code, to: "/x")
    #expect(next.target.method == (code == 303 ? .get : .put))
  }

  @Test("C52: one redirect more than the limit is an error, and so is a circle", arguments: [0, 3, 20])
  func tooMany(limit: Int) throws {
    var configuration = EventClientConfiguration()
    configuration.limits.redirects = limit
    var driver = SessionDriver(EventRequest(Self.first), configuration: configuration)
    for number in 0..<limit { _ = try follow(&driver, 302, to: number.isMultiple(of: 2) ? "/x" : Self.first) }
    #expect(driver.connect(answer(302, to: "/x")) == [.failed("redirectFailed(tooMany(limit: \(limit)))")])
    #expect(driver.step() == .finish)
  }

  @Test("C52: each attempt may follow as many redirects again")
  func redirectsOfAnAttempt() throws {
    var configuration = EventClientConfiguration()
    configuration.limits.redirects = 1
    var driver = SessionDriver(EventRequest(Self.first), configuration: configuration)
    for _ in 0..<3 {
      _ = try follow(&driver, 302, to: "/x")
      #expect(driver.connect((Peer.head + "data: a\n\n").utf8) == [.opened, .event("a")])
      _ = driver.end()
    }
  }

  private static let credentials = [
    "Authorization", "Cookie", "Proxy-Authorization", "X-API-Key", "API-Key", "X-Goog-API-Key",
  ]
  private static let secrets: HeaderFields = [
    "Authorization": "Bearer t", "Cookie": "c", "Proxy-Authorization": "p", "X-API-Key": "k", "API-Key": "l",
    "X-Goog-API-Key": "m", "Host": "virtual", "X-Mine": "1",
  ]

  @Test(
    "C53: credentials stay with their origin; another scheme, host or port is another origin",
    arguments: [
      ("/x", true), ("http://H:80/x", true), ("http://h:81/x", false), ("https://h/x", false), ("http://i.h/x", false),
      ("//other/x", false),
    ])
  func credentials(location: String, stay: Bool) throws {
    var driver = SessionDriver(EventRequest(Self.first, headers: Self.secrets))
    let next = try follow(&driver, 307, to: location)
    for name in Self.credentials { #expect(next.fields.contains(name) == stay, "\(name)") }
    #expect(next.fields["Host"] == (stay ? "virtual" : next.target.url.hostField))
    #expect(next.fields["X-Mine"] == "1")
  }

  @Test("C53: what another origin has seen the request without stays away, also back at the first")
  func thereAndBack() throws {
    var driver = SessionDriver(EventRequest(Self.first, headers: Self.secrets))
    _ = try follow(&driver, 307, to: "http://other/")
    let next = try follow(&driver, 307, to: Self.first)
    #expect(!next.fields.contains("Authorization"))
  }

  @Test("C53: credentials in a URL are its own server's, and not sent on")
  func credentialsInURL() throws {
    var driver = SessionDriver(EventRequest("http://u:p@h/a"))
    var next = try follow(&driver, 302, to: "b")
    #expect(next.fields["Authorization"] == "Basic dTpw")
    next = try follow(&driver, 302, to: "http://other/")
    #expect(!next.fields.contains("Authorization"))
    next = try follow(&driver, 302, to: "http://v:q@other/")
    #expect(next.fields["Authorization"] == "Basic djpx")
  }

  @Test("C53: what the preparing closure adds goes to another origin only where it has named that")
  func preparedCredentials() throws {
    for (named, stays) in [([], false), (["http://other:81/any"], true), (["http://other/"], false)] {
      var configuration = EventClientConfiguration()
      configuration.prepareAttempt = { _ in }
      let request = EventRequest(Self.first, headers: ["X-Mine": "1", "X-Changed": "0"])
      var driver = SessionDriver(request, configuration: configuration)
      #expect(driver.step() == .prepare(Self.first, is401: false))
      var attempt = try driver.attempt()
      attempt.headers["Authorization"] = "Bearer t"
      attempt.headers["x-company-token"] = "t"
      attempt.headers["X-Changed"] = "t"
      attempt.credentialOrigins = named
      driver.session.prepared(attempt)
      let next = try follow(&driver, 302, to: "http://other:81/x")
      for name in ["Authorization", "X-Company-Token", "X-Changed"] {
        #expect(next.fields.contains(name) == stays, "\(name) \(named)")
      }
      #expect(next.fields["X-Mine"] == "1", "it was not the closure's")
    }
  }

  @Test("C53b: after a permanent redirect to another port later attempts carry no credentials either")
  func rememberedWithoutCredentials() throws {
    var configuration = EventClientConfiguration()
    configuration.prepareAttempt = { _ in }
    var driver = SessionDriver(EventRequest(Self.first, headers: Self.secrets), configuration: configuration)
    _ = driver.step()
    driver.session.prepared(try driver.attempt())
    #expect(driver.step() == .connect(lastEventID: ""))
    #expect(try driver.request().fields["Authorization"] == "Bearer t")
    _ = try follow(&driver, 301, to: "http://h:81/x")
    #expect(driver.connect((Peer.head + "data: a\n\n").utf8) == [.opened, .event("a")])
    _ = driver.end()
    var attempt = try driver.attempt()
    #expect(attempt.url == "http://h:81/x")
    attempt.headers["Authorization"] = "Bearer fresh"
    driver.session.prepared(attempt)
    #expect(driver.step() == .connect(lastEventID: ""))
    for name in Self.credentials { #expect(try driver.request().fields.contains(name) == false, "\(name)") }
  }

  @Test("C54: from https to http nothing is followed", arguments: ["http://h/x", "HTTP://h/x"])
  func insecure(location: String) {
    var driver = SessionDriver(EventRequest("https://h/"))
    #expect(driver.connect(answer(302, to: location)) == [.failed(#"redirectFailed(insecure("\#(location)"))"#)])
    #expect(driver.step() == .finish)
  }

  @Test(
    "C55: after 301 and 308 a reconnect asks the new URL, after 302, 303 and 307 the first one again",
    arguments: [
      ([301], "/1"), ([308], "/1"), ([302], "/a/b?q"), ([303], "/a/b?q"), ([307], "/a/b?q"), ([301, 308], "/2"),
      ([301, 302], "/a/b?q"), ([302, 301], "/a/b?q"),
    ])
  func remembered(codes: [Int], path: String) throws {
    var driver = SessionDriver(EventRequest(Self.first))
    for (index, code) in codes.enumerated() { _ = try follow(&driver, code, to: "/\(index + 1)") }
    #expect(driver.connect((Peer.head + "data: a\n\n").utf8) == [.opened, .event("a")])
    _ = driver.end()
    #expect(try driver.request().target.url.target == path)
    // Also for a later iterator.
    var later = SessionDriver(EventRequest(Self.first), position: driver.session.position)
    #expect(later.step() == .connect(lastEventID: ""))
    #expect(try later.request().target.url.target == path)
  }

  @Test("C55: a permanent redirect that leads to no event stream is not remembered")
  func notRemembered() throws {
    var driver = SessionDriver(EventRequest(Self.first))
    _ = try follow(&driver, 301, to: "/x")
    #expect(driver.connect("HTTP/1.1 503 Busy\r\n\r\n".utf8) == [])
    _ = driver.end()
    #expect(try driver.request().target.url.target == "/a/b?q")
  }

  @Test(
    "C56: a redirect without a location, or to one that is no URL, is an error that holds the answer",
    arguments: [
      (nil, "noLocation"), ("http://", #"invalidLocation("http://")"#), ("ftp://h/", #"invalidLocation("ftp://h/")"#),
      ("http://h:99999/", #"invalidLocation("http://h:99999/")"#),
    ])
  func noLocation(location: String?, failure: String) {
    var driver = SessionDriver(EventRequest(Self.first))
    #expect(driver.connect(answer(302, to: location)) == [.failed("redirectFailed(\(failure))")])
  }

  @Test("A redirect's body is not read, and its fields are not the stream's")
  func body() throws {
    var driver = SessionDriver(EventRequest(Self.first))
    #expect(driver.connect(answer(302, to: "/x", "Content-Length: 9\r\n") + Array("data: 1\n\n".utf8)) == [.close])
    #expect(driver.connect((Peer.head + "data: a\n\n").utf8) == [.opened, .event("a")])
  }
}

/// Redirects over real connections.
@Suite struct RedirectedConnectionTests {
  @Test("C50, C53: another server is asked on a connection of its own, without the first one's token")
  func twoServers() async throws {
    let (first, second) = (try RawListener(), try RawListener())
    let request = EventRequest(first.url, headers: ["Authorization": "Bearer t"], lastEventID: "7")
    async let events = collect(EventClient().source(request))
    let asked = try await first.answer("HTTP/1.1 307 Elsewhere\r\nLocation: \(second.url)/x\r\n\r\n")
    #expect(lines(asked).contains("Authorization: Bearer t"))
    let askedNext = try await second.answer(Peer.head + "retry: 1\ndata: a\n\n")
    #expect(askedNext.hasPrefix("GET /x HTTP/1.1\r\n"))
    #expect(!askedNext.contains("Authorization"))
    #expect(lines(askedNext).contains("Last-Event-ID: 7"))
    try await first.answer(Peer.noContent)
    #expect(try await events.map(\.data) == ["a"])
  }

  @Test("C52: a server that redirects to itself is asked 21 times, then the error says what to look at")
  func circle() async throws {
    let listener = try RawListener()
    async let outcome = outcome(of: EventClient().source(listener.url))
    for _ in 0...20 { try await listener.answer("HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n") }
    guard case .failure(let error) = await outcome else {
      Issue.record("no error")
      return
    }
    #expect("\(error)".contains("20") && "\(error)".contains("circle"))
    #expect(error.refusal?.head.status == .found)
  }
}
