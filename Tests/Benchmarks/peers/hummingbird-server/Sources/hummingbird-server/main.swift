// Server-Sent Events with Hummingbird 2, in the manner of hummingbird-examples/server-sent-events:
// one AsyncStream per reader, consumeWithInboundCloseHandler to notice a reader that went away.
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOPosix

actor Publisher {
  private var nextID = 0
  private var readers: [Int: AsyncStream<ByteBuffer>.Continuation] = [:]

  func subscribe() -> (id: Int, stream: AsyncStream<ByteBuffer>, source: AsyncStream<ByteBuffer>.Continuation) {
    let (stream, source) = AsyncStream.makeStream(of: ByteBuffer.self)
    let id = nextID
    nextID += 1
    readers[id] = source
    return (id, stream, source)
  }
  func unsubscribe(_ id: Int) {
    readers.removeValue(forKey: id)?.finish()
  }
  func publish(_ event: ByteBuffer) {
    for source in readers.values { source.yield(event) }
  }
}

let publisher = Publisher()
let router = Router()

let sse: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-cache"]

router.get("events") { request, _ -> Response in
  Response(
    status: .ok, headers: sse,
    body: .init { writer in
      let (id, stream, source) = await publisher.subscribe()
      do {
        try await request.body.consumeWithInboundCloseHandler { _ in
          for await event in stream { try await writer.write(event) }
          try await writer.finish(nil)
        } onInboundClosed: {
          source.finish()
        }
      } catch {
        await publisher.unsubscribe(id)
        throw error
      }
      await publisher.unsubscribe(id)
    })
}

router.post("publish") { request, _ -> HTTPResponse.Status in
  let body = try await request.body.collect(upTo: 65536)
  var event = ByteBuffer()
  event.writeString("data: ")
  event.writeImmutableBuffer(body)
  event.writeString("\n\n")
  await publisher.publish(event)
  return .accepted
}

router.get("stream") { request, _ -> Response in
  let n = request.uri.queryParameters.get("n", as: Int.self) ?? 0
  return Response(
    status: .ok, headers: sse,
    body: .init { writer in
      var i = n
      while i > 0 {
        try await writer.write(ByteBuffer(string: "data: {\"i\":\(i),\"token\":\"hello world this is a token\"}\n\n"))
        i -= 1
      }
      try await writer.finish(nil)
    })
}

// Variant (not the measured default): Swift concurrency's global executor replaced by NIO's event loop, one thread in
// all.
let takeover = ProcessInfo.processInfo.environment["HB_NIO_EXEC"] != nil
if takeover {
  NIOSingletons.groupLoopCountSuggestion = 1
  guard NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor() else {
    fatalError("takeover refused")
  }
}

let port = Int(CommandLine.arguments[1])!
var logger = Logger(label: "hummingbird-server")
logger.logLevel = .warning
let app = Application(
  router: router,
  configuration: .init(address: .hostname("127.0.0.1", port: port), backlog: 4096),
  eventLoopGroupProvider: takeover ? .singleton : .shared(MultiThreadedEventLoopGroup(numberOfThreads: 1)),
  logger: logger
)
try await app.runService()
