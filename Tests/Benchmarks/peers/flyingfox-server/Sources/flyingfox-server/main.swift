// Server-Sent Events with FlyingFox: HTTPBodySequence(from:) over one AsyncStream per reader (sent chunked).
import FlyingFox
import FlyingSocks
import Foundation

// FlyingFox wants an AsyncBufferedSequence of bytes as a body of unknown length; this lends an AsyncStream of events to
// it.
struct EventBody: AsyncBufferedSequence {
  typealias Element = UInt8
  let events: AsyncStream<[UInt8]>
  func makeAsyncIterator() -> Iterator { Iterator(base: events.makeAsyncIterator()) }

  struct Iterator: AsyncBufferedIteratorProtocol {
    var base: AsyncStream<[UInt8]>.Iterator
    mutating func next() async throws -> UInt8? { fatalError("nextBuffer is used") }
    mutating func nextBuffer(suggested count: Int) async throws -> [UInt8]? { await base.next() }
  }
}

actor Publisher {
  private var nextID = 0
  private var readers: [Int: AsyncStream<[UInt8]>.Continuation] = [:]

  func subscribe() -> AsyncStream<[UInt8]> {
    let (stream, source) = AsyncStream.makeStream(of: [UInt8].self)
    let id = nextID
    nextID += 1
    readers[id] = source
    source.onTermination = { _ in Task { await self.unsubscribe(id) } }
    return stream
  }
  func unsubscribe(_ id: Int) { readers[id] = nil }
  func publish(_ event: [UInt8]) {
    for source in readers.values { source.yield(event) }
  }
}

// /stream: the events are made as the body is read
struct CountedBody: AsyncBufferedSequence {
  typealias Element = UInt8
  let n: Int
  func makeAsyncIterator() -> Iterator { Iterator(left: n) }

  struct Iterator: AsyncBufferedIteratorProtocol {
    var left: Int
    mutating func next() async throws -> UInt8? { fatalError("nextBuffer is used") }
    mutating func nextBuffer(suggested count: Int) async throws -> [UInt8]? {
      guard left > 0 else { return nil }
      defer { left -= 1 }
      return Array("data: {\"i\":\(left),\"token\":\"hello world this is a token\"}\n\n".utf8)
    }
  }
}

let publisher = Publisher()
let port = UInt16(CommandLine.arguments[1])!
let server = HTTPServer(address: try .inet(ip4: "127.0.0.1", port: port), logger: .disabled)
let sse: HTTPHeaders = [.contentType: "text/event-stream", HTTPHeader("Cache-Control"): "no-cache"]

await server.appendRoute("GET /events") { _ in
  HTTPResponse(
    statusCode: .ok, headers: sse, body: HTTPBodySequence(from: EventBody(events: await publisher.subscribe())))
}
await server.appendRoute("POST /publish") { (request: HTTPRequest) in
  let body = try await request.bodyData
  await publisher.publish(Array("data: ".utf8) + body + Array("\n\n".utf8))
  return HTTPResponse(statusCode: .accepted)
}
await server.appendRoute("GET /stream") { (request: HTTPRequest) in
  let n = request.query.first { $0.name == "n" }.flatMap { Int($0.value) } ?? 0
  return HTTPResponse(statusCode: .ok, headers: sse, body: HTTPBodySequence(from: CountedBody(n: n)))
}
try await server.run()
