// A server in this process, and readers that take what it sends as it comes.
import Foundation
import SSEServer

/// Runs a server while the body runs.
private func withServer(_ router: Router, _ body: @Sendable (_ port: Int) async throws -> Void) async throws {
  var configuration = EventServerConfiguration()
  configuration.loopCount = 1
  let server = EventServer(router, port: 0, configuration: configuration)
  try await withThrowingTaskGroup(of: Void.self) { group in
    let (ports, continuation) = AsyncStream<Int>.makeStream()
    group.addTask {
      try await server.run { continuation.yield($0.port) }
    }
    for await port in ports {
      try await body(port)
      break
    }
    group.cancelAll()
  }
}

private func get(_ path: String, port: Int) throws -> BlockingSocket {
  let socket = try BlockingSocket.connect(port: port)
  try socket.write("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
  return socket
}

private let token = #"{"i":1234567,"token":"hello world this is a token"}"#

/// A handler sends that many events of 60 bytes.
func serveStream(count: Int) async throws {
  var router = Router()
  router.events("/stream") { _, events in
    for _ in 0..<count { try await events.send(token) }
  }
  try await withServer(router) { try readStream(of: count, port: $0) }
}

/// The same events, of an `AsyncStream` that a handler returns.
func serveSequence(count: Int) async throws {
  var router = Router()
  router.events("/stream") { _ in
    AsyncStream<ServerSentEvent> { continuation in
      for _ in 0..<count { continuation.yield(ServerSentEvent(data: token)) }
      continuation.finish()
    }
  }
  try await withServer(router) { try readStream(of: count, port: $0) }
}

private func readStream(of count: Int, port: Int) throws {
  let read = try get("/stream", port: port).readToEnd()
  let least = count * (token.utf8.count + 8)
  if read < least { throw WrongResult(description: "\(read) bytes, fewer than \(least)") }
}

/// A topic's event goes to 64 readers, that many times: COUNT deliveries are 64 times as many.
func broadcast(count: Int) async throws {
  let topic = Topic(history: 100)
  var router = Router()
  router.events("/events", from: topic)
  try await withServer(router) { port in
    let readers = try (0..<64).map { _ in try get("/events", port: port) }
    for reader in readers { try reader.read(through: "\r\n\r\n") }
    for _ in 0..<count {
      try await topic.publish(ServerSentEvent(data: token))
      for reader in readers { try reader.read(through: "\n\n\r\n") }
    }
  }
}

/// That many connections, one after the other: connect, ask for a topic, read the head, close.
func connect(count: Int) async throws {
  var router = Router()
  router.events("/events", from: Topic(history: 100))
  try await withServer(router) { port in
    for _ in 0..<count { try get("/events", port: port).read(through: "\r\n\r\n") }
  }
}

// MARK: - What an open connection holds

/// Opens that many connections whose handler sleeps, and prints the bytes that the process then has in memory.
func openSleepingHandlers(count: Int) async throws {
  var router = Router()
  router.events("/sleep") { _, events in
    try await events.flush()
    try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
  }
  try await printMemory(of: count, "/sleep", router)
}

/// The same for connections that read a topic.
func openTopicReaders(count: Int) async throws {
  var router = Router()
  router.events("/events", from: Topic(history: 100))
  try await printMemory(of: count, "/events", router)
}

private func printMemory(of count: Int, _ path: String, _ router: Router) async throws {
  try await withServer(router) { port in
    var readers: [BlockingSocket] = []
    readers.reserveCapacity(count)
    for _ in 0..<count {
      let reader = try get(path, port: port)
      try reader.read(through: "\r\n\r\n")
      readers.append(reader)
    }
    print(try residentBytes())
  }
}

/// The second field of proc(5)'s statm.
private func residentBytes() throws -> Int {
  let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
  guard fields.count > 1, let pages = Int(fields[1]) else { throw WrongResult(description: "no statm") }
  return pages * Int(getpagesize())
}
