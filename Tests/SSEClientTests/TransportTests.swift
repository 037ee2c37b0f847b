import SSEHTTP1
import SSETestSupport
import Synchronization
import Testing

@testable import SSEClient

/// A client over a transport of the caller's.
@Suite struct TransportTests {
  /// Chunks that a test gives, and whether they were closed.
  private final class Feed: Sendable {
    let requests = Mutex<[EventTransport.Request]>([])
    let closes = Mutex(0)

    func response(
      _ chunks: [String], status: HTTPStatus = .ok, type: String = "text/event-stream", more: HeaderFields = [:]
    ) -> EventTransport.Response {
      var headers: HeaderFields = ["Content-Type": type]
      for field in more { headers.append(field.name, field.value) }
      let stream = AsyncStream<[UInt8]> { continuation in
        for chunk in chunks { continuation.yield(Array(chunk.utf8)) }
        continuation.finish()
      }
      return EventTransport.Response(head: ResponseHead(status: status, headers: headers), chunks: stream) { [self] in
        closes.withLock { $0 += 1 }
      }
    }
  }

  struct Broken: Error {}

  @Test("A transport is asked for each attempt, with the client's header fields, and its events arrive")
  func events() async throws {
    let feed = Feed()
    let client = EventClient { request in
      let number = feed.requests.withLock { requests in
        requests.append(request)
        return requests.count
      }
      if number == 3 { return feed.response([], status: .noContent) }
      return feed.response(["retry: 1\nid: \(number)\nda", "ta: \(number)\n\ndata: half"])
    }
    let events = try await collect(client.source("http://u:p@h/a?b#c"))
    #expect(events.map(\.data) == ["1", "2"])
    let requests = feed.requests.withLock { $0 }
    #expect(requests.map(\.url) == ["http://h/a?b", "http://h/a?b", "http://h/a?b"])
    #expect(requests.map { $0.headers["Last-Event-ID"] } == [nil, "1", "2"])
    #expect(requests[0].headers["Authorization"] == "Basic dTpw")
    #expect(requests[0].headers["Accept"] == "text/event-stream")
    #expect(!requests[0].headers.contains("Host"))
    #expect(requests[0].body == nil)
    #expect(feed.closes.withLock { $0 } == 3)
  }

  @Test("A body goes to the transport with its type but without its length")
  func body() async throws {
    let feed = Feed()
    let client = EventClient { request in
      feed.requests.withLock { $0.append(request) }
      return feed.response(["data: a\n\n"])
    }
    _ = try await collect(client.source(EventRequest("http://h/", method: .post, body: .text("hello"))))
    let request = try #require(feed.requests.withLock { $0.first })
    #expect(request.method == .post)
    #expect(request.body == Array("hello".utf8))
    #expect(request.headers.contains("Content-Type"))
    #expect(!request.headers.contains("Content-Length"))
  }

  @Test("Redirects that a transport does not follow, and refusals, are as over a socket")
  func answers() async throws {
    let feed = Feed()
    let client = EventClient { request in
      if request.url == "http://h/" {
        return feed.response([], status: .found, more: ["Location": "/x"])
      }
      return feed.response(["{\"error\":1}"], status: .badRequest, type: "application/json")
    }
    guard case .failure(.unexpectedStatus(let response)) = await outcome(of: client.source("http://h/")) else {
      Issue.record("no refusal")
      return
    }
    #expect(response.url == "http://h/x")
    #expect(response.text == "{\"error\":1}")
  }

  @Test("What a transport throws is a typed error; before the first answer it is thrown at once")
  func failure() async throws {
    let client = EventClient { _ in throw Broken() }
    guard case .failure(.transportFailed(let error, let url)) = await outcome(of: client.source("http://h/")) else {
      Issue.record("no error")
      return
    }
    #expect(error is Broken)
    #expect(url == "http://h/")
  }

  @Test("A body that throws was cut, and so was one that ends inside a block", arguments: [true, false])
  func cut(throwing: Bool) async throws {
    let client = EventClient { _ in
      let chunks = AsyncThrowingStream<[UInt8], any Error> { continuation in
        continuation.yield(Array("data: a\n\n".utf8))
        continuation.yield(Array("data: b".utf8))
        continuation.finish(throwing: throwing ? Broken() : nil)
      }
      return EventTransport.Response(
        head: ResponseHead(status: .ok, headers: ["Content-Type": "text/event-stream"]), chunks: chunks)
    }
    var iterator = client.source(EventRequest("http://h/", reconnect: .never)).makeAsyncIterator()
    #expect(try await iterator.next()?.data == "a")
    do throws(EventClientError) {
      _ = try await iterator.next()
      Issue.record("no error")
    } catch {
      #expect(error.kind == "cut")
    }
  }

  @Test("A body of single bytes is given on line by line, before the bytes behind it have come")
  func bytes() async throws {
    let (bytes, given) = AsyncStream.makeStream(of: UInt8.self)
    let client = EventClient { _ in
      EventTransport.Response(
        head: ResponseHead(status: .ok, headers: ["Content-Type": "text/event-stream"]), bytes: bytes)
    }
    for byte in "data: a\n\ndata: b\r\r".utf8 { given.yield(byte) }
    var iterator = client.source("http://h/").makeAsyncIterator()
    #expect(try await iterator.next()?.data == "a")
    #expect(try await iterator.next()?.data == "b")
  }

  @Test("Leaving the loop closes the body once; cancelling while the transport works ends at once")
  func leaving() async throws {
    let feed = Feed()
    let client = EventClient { _ in feed.response(["data: a\n\ndata: b\n\n"]) }
    for try await _ in client.source("http://h/") { break }
    #expect(feed.closes.withLock { $0 } == 1)

    let started = Mutex(false)
    let slow = EventClient { _ in
      started.withLock { $0 = true }
      try await Task.sleep(for: .seconds(100))
      throw Broken()
    }
    try await withThrowingTaskGroup { group in
      group.addTask { try await collect(slow.source("http://h/")).count }
      try await eventually("the transport works") { started.withLock { $0 } }
      group.cancelAll()
      #expect(try await group.next() == 0)
    }
  }

  @Test("One response may answer any number of requests: each reads a body of its own, and closes it")
  func sharedResponse() async throws {
    let feed = Feed()
    let (head, text) = (ResponseHead(status: .ok, headers: ["Content-Type": "text/event-stream"]), "data: a\n\n")
    let chunks = AsyncChunks(chunks: [String](repeating: text, count: 100).map { Array($0.utf8) })
    let responses = [
      EventTransport.Response(head: head, chunks: chunks) { feed.closes.withLock { $0 += 1 } },
      EventTransport.Response(head: head, bytes: AsyncChunks(chunks: Array(text.utf8))) {
        feed.closes.withLock { $0 += 1 }
      },
    ]
    for (response, count) in zip(responses, [100, 1]) {
      feed.closes.withLock { $0 = 0 }
      let client = EventClient { _ in response }
      try await withThrowingTaskGroup { group in
        for _ in 0..<20 {
          group.addTask { try await collect(client.source(EventRequest("http://h/", reconnect: .never))).count }
        }
        for try await found in group { #expect(found == count) }
      }
      #expect(feed.closes.withLock { $0 } == 20)
    }
  }

  /// A sequence that may be iterated any number of times.
  private struct AsyncChunks<Element: Sendable>: AsyncSequence, Sendable {
    let chunks: [Element]

    func makeAsyncIterator() -> Iterator { Iterator(rest: chunks[...]) }

    struct Iterator: AsyncIteratorProtocol {
      var rest: ArraySlice<Element>
      mutating func next() async -> Element? {
        await Task.yield()
        return rest.popFirst()
      }
    }
  }

  @Test("A transport that takes too long for its head is a timeout, and so is a body that is silent")
  func timeouts() async throws {
    var configuration = EventClientConfiguration()
    configuration.timeouts.responseHead = .milliseconds(20)
    let slow = EventClient(configuration: configuration) { _ in
      try await Task.sleep(for: .seconds(100))
      throw Broken()
    }
    let request = EventRequest("http://h/", reconnect: .never)
    guard case .failure(.timedOut(.responseHead, .milliseconds(20), _)) = await outcome(of: slow.source(request)) else {
      Issue.record("no timeout")
      return
    }
    configuration.timeouts.responseHead = .seconds(60)
    configuration.timeouts.read = .milliseconds(20)
    let (chunks, held) = AsyncStream.makeStream(of: [UInt8].self)
    defer { held.finish() }
    let silent = EventClient(configuration: configuration) { _ in
      EventTransport.Response(
        head: ResponseHead(status: .ok, headers: ["Content-Type": "text/event-stream"]), chunks: chunks)
    }
    guard case .failure(.timedOut(.read, _, _)) = await outcome(of: silent.source(request)) else {
      Issue.record("no timeout")
      return
    }
  }
}
