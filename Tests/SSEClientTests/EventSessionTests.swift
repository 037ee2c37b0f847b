import SSEHTTP1
import SSETesting
import Testing

@testable import SSEClient

/// What a source does, without a socket: bytes and a clock moved by hand go in.
@Suite struct EventSessionTests {
  static let lengthHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: "

  @Test("A session connects, reads, waits and connects again, and says so in this order")
  func order() throws {
    var driver = SessionDriver()
    #expect(driver.step() == .connect(lastEventID: ""))
    let steps = driver.connect("\(Peer.head):hi\nretry: 50\n\nid: 7\ndata: a\n\n".utf8)
    #expect(steps == [.opened, .comment("hi"), .event("a")])
    driver.session.received(.endOfFile)
    #expect(driver.step() == .close)
    #expect(driver.step() == .interrupted("ended", retryAfter: .milliseconds(50)))
    driver.clock.advance(by: .milliseconds(20))
    #expect(driver.step() == .wait(.milliseconds(30)), "what the caller did with the message counts")
    #expect(driver.step() == .connect(lastEventID: "7"))
  }

  @Test("Comments are not delivered to those who asked for events only")
  func withoutComments() throws {
    var driver = SessionDriver(deliversComments: false)
    #expect(driver.connect("\(Peer.head):hi\n\ndata: a\n\n".utf8) == [.opened, .event("a")])
  }

  struct End: Sendable {
    var bytes: String
    var input: EventSession.Input = .endOfFile
    var events: [String]
    var reason: String
  }

  @Test(
    "C10, C11, C34, C39, C46b: what was a normal end and what was a cut",
    arguments: [
      End(bytes: Peer.head + "data: 1\n\n", events: ["1"], reason: "ended"),
      End(bytes: Peer.head, events: [], reason: "ended"),
      End(bytes: Peer.head + "data: 1\n\ndata: 2\n", events: ["1"], reason: "cut"),
      End(bytes: Peer.head + "data: 1\n\ndat", events: ["1"], reason: "cut"),
      End(bytes: Peer.head + "data: 1\n\n", input: .failure, events: ["1"], reason: "cut"),
      End(bytes: lengthHead + "9\r\n\r\ndata: 1\n\n", events: ["1"], reason: "ended"),
      End(bytes: lengthHead + "90\r\n\r\ndata: 1\n\n", events: ["1"], reason: "cut"),
      End(bytes: Peer.chunkedHead + "9\r\ndata: 1\n\n\r\n0\r\n\r\n", events: ["1"], reason: "ended"),
      End(bytes: Peer.chunkedHead + "9\r\ndata: 1\n\n\r\n0\r\n", events: ["1"], reason: "cut"),
      End(bytes: Peer.chunkedHead + "9\r\ndata: 1\n\n\r\n", events: ["1"], reason: "cut"),
      End(bytes: Peer.chunkedHead + "9\r\ndata: 1\n", events: [], reason: "cut"),
      // All of it came, so it ended; the half event in it is dropped.
      End(bytes: Peer.chunkedHead + "7\r\ndata: 1\r\n0\r\n\r\n", events: [], reason: "ended"),
      End(bytes: "HTTP/1.1 200 OK\r\nConte", events: [], reason: "noResponse"),
      End(bytes: "", events: [], reason: "noResponse"),
    ])
  func ends(row: End) throws {
    var driver = SessionDriver()
    var steps = driver.connect(row.bytes.utf8)
    steps += driver.end(row.input)
    let events = steps.compactMap { if case .event(let data) = $0 { data } else { nil } }
    #expect(events == row.events)
    #expect(steps.contains(.close))
    #expect(steps.contains(.interrupted(row.reason, retryAfter: .seconds(3))), "\(steps)")
  }

  @Test("C12: chunks may end at any byte, and carry extensions and trailers", arguments: 1...40)
  func chunks(size: Int) throws {
    let stream = Array("id: 1\r\nevent: ä\r\ndata: €\r\ndata: 2\r\n\r\ndata: 3\n\n".utf8)
    var bytes = Array(Peer.chunkedHead.utf8)
    for start in stride(from: 0, to: stream.count, by: size) {
      let chunk = stream[start..<min(start + size, stream.count)]
      let size = String(chunk.count, radix: 16).uppercased()
      bytes += Array("\(size);name=\"v;\";x\r\n".utf8) + chunk + Array("\r\n".utf8)
    }
    bytes += Array("000\r\nTrailer: x\r\nX-Other: y\r\n\r\n".utf8)
    for piece in [1, 7, Int.max] {
      var driver = SessionDriver()
      let steps = driver.connect(bytes, inPiecesOf: piece)
      #expect(steps.prefix(3) == [.opened, .event("€\n2"), .event("3")])
      #expect(steps.contains(.interrupted("ended", retryAfter: .seconds(3))))
    }
  }

  @Test("C45: cut after any byte, only whole events come, and the next request asks from the last of them")
  func cutAnywhere() throws {
    let events = [1, 2, 3].map { "id: \($0)\ndata: \($0)\n\n" }
    let stream = Peer.chunkedHead + events.map(Peer.chunk).joined() + Peer.lastChunk
    let bytes = Array(stream.utf8)
    // Where each event is whole: behind its second line feed, before the chunk's own end.
    var ends: [Int] = []
    var offset = Peer.chunkedHead.utf8.count
    for chunk in events.map(Peer.chunk) {
      offset += chunk.utf8.count
      ends.append(offset - "\r\n".utf8.count)
    }
    for count in 0..<bytes.count {
      var driver = SessionDriver(lastEventID: "0")
      var steps = driver.connect(bytes[..<count])
      steps += driver.end()
      let delivered = steps.compactMap { if case .event(let data) = $0 { data } else { nil } }
      let expected = ends.count { $0 <= count }
      #expect(delivered == Array(["1", "2", "3"].prefix(expected)), "after \(count) bytes")
      #expect(driver.step() == .connect(lastEventID: delivered.last ?? "0"), "after \(count) bytes")
    }
  }

  @Test("C47: an event counts as dealt with when the next element is asked for")
  func acknowledgement() throws {
    var driver = SessionDriver()
    _ = driver.connect([])
    driver.session.received(.bytes(Array((Peer.head + "id: 4\ndata: 4\n\nid: 5\ndata: 5\n\n").utf8)))
    #expect(driver.step() == .opened)
    #expect(driver.step() == .event("4"))
    #expect(driver.session.position.lastEventID == "")
    #expect(driver.step() == .event("5"))
    #expect(driver.session.position.lastEventID == "4")
    _ = driver.step()
    #expect(driver.session.position.lastEventID == "5")
  }

  @Test("C32: a block that only sets the id moves the position; an empty id takes it back")
  func idWithoutData() throws {
    var driver = SessionDriver()
    #expect(driver.connect((Peer.head + "id: 8\n\n").utf8) == [.opened])
    #expect(driver.session.position.lastEventID == "8")
    _ = driver.receive("id\n\n".utf8)
    #expect(driver.session.position.lastEventID == "")
  }

  @Test("C4: 204 ends the session without an error")
  func noContent() throws {
    var driver = SessionDriver()
    #expect(driver.connect(Peer.noContent.utf8) == [])
    #expect(driver.step() == .finish)
  }

  @Test("C49: nothing of a refused answer is an event, however it comes", arguments: [1, 5, Int.max])
  func refusedBody(size: Int) throws {
    for head in ["HTTP/1.1 500 No\r\nContent-Type: text/event-stream", "HTTP/1.1 200 OK\r\nContent-Type: text/html"] {
      var driver = SessionDriver()
      var steps = driver.connect("\(head)\r\n\r\ndata: 1\n\n".utf8, inPiecesOf: size)
      steps += driver.end()
      #expect(steps.count == 1)
      guard case .failed = steps.first else {
        Issue.record("\(steps)")
        return
      }
      #expect(driver.step() == .finish)
    }
  }

  @Test("C67: after it has thrown a session finishes")
  func finishesAfterError() throws {
    var driver = SessionDriver()
    #expect(driver.connect("nonsense\r\n\r\n".utf8) == [.failed("protocolViolation")])
    #expect(driver.step() == .finish)
    #expect(driver.step() == .finish)
  }
}

/// Timeouts, with a clock moved by hand.
@Suite struct SessionTimeoutTests {
  @Test("C71: the head must come within its time, however it drips")
  func head() throws {
    var driver = SessionDriver()
    _ = driver.connect([])
    #expect(driver.step() == .receive(within: .seconds(60)))
    driver.clock.advance(by: .seconds(50))
    driver.session.received(.bytes(Array("HTTP/1.1 200 OK\r\n".utf8)))
    #expect(driver.step() == .receive(within: .seconds(10)))
    driver.clock.advance(by: .seconds(70))
    driver.session.received(.bytes(Array("X: y\r\n".utf8)))
    #expect(driver.step() == .close, "nothing more is read")
    #expect(driver.step() == .interrupted("timedOut(responseHead)", retryAfter: .seconds(3)))
  }

  @Test("C70: a silent stream is given its timeout anew after each receive, then it is interrupted")
  func silence() throws {
    var driver = SessionDriver()
    _ = driver.connect(Peer.head.utf8)
    #expect(driver.step() == .receive(within: .seconds(300)))
    driver.clock.advance(by: .seconds(299))
    _ = driver.receive(":\n".utf8)
    #expect(driver.step() == .receive(within: .seconds(300)))
    #expect(driver.end(.timedOut).dropFirst().first == .interrupted("timedOut(read)", retryAfter: .seconds(3)))
  }

  @Test(
    "C70: the read timeout is three times what the server announced, unless the caller set one",
    arguments: [
      ("15", nil, Duration.seconds(45)), ("15", Duration.seconds(7), .seconds(7)), ("0", nil, .seconds(300)),
      ("-3", nil, .seconds(300)), ("2000000000", nil, .seconds(86_400)), ("soon", nil, .seconds(300)),
      ("99999999999999999999", nil, .seconds(300)),
    ])
  func announced(interval: String, own: Duration?, expected: Duration) throws {
    let timeouts = EventClientTimeouts(read: own)
    var driver = SessionDriver(configuration: .init(timeouts: timeouts))
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nEvent-Stream-Keep-Alive: \(interval)\r\n\r\n"
    _ = driver.connect(head.utf8)
    #expect(driver.step() == .receive(within: expected))
  }

  @Test("C3: the body of a refused answer whose time is over while its bytes come is waited for no more")
  func refusedBodyThatKeepsComing() throws {
    var driver = SessionDriver()
    _ = driver.connect("HTTP/1.1 404 Not Found\r\n\r\nsorr".utf8)
    #expect(driver.step() == .receive(within: .seconds(2)))
    driver.clock.advance(by: .seconds(2))
    #expect(driver.receive("y".utf8) == [.failed("unexpectedStatus")])
  }

  @Test("C3: the body of a refused answer is waited for a little, then the error holds what has come")
  func refusedBody() throws {
    var driver = SessionDriver()
    _ = driver.connect("HTTP/1.1 404 Not Found\r\n\r\nsorr".utf8)
    #expect(driver.step() == .receive(within: .seconds(2)))
    driver.clock.advance(by: .seconds(1))
    _ = driver.receive("y".utf8)
    #expect(driver.step() == .receive(within: .seconds(1)))
    driver.session.received(.timedOut)
    do throws(EventClientError) {
      _ = driver.session.nextMessage()
      _ = try driver.session.nextAction()
      Issue.record("no error")
    } catch {
      guard case .unexpectedStatus(let response) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(response.text == "sorry")
    }
  }
}
