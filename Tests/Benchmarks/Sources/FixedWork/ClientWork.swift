// The client in this process, and a server that does nothing but write bytes that were made before.
import Foundation
import SSEClient

/// Follows that many events through `client.source`.
func followSource(count: Int) async throws {
  try await withPlayedStream(of: count) { url in
    var events = 0
    for try await _ in EventClient().source(request(url)) { events += 1 }
    try WrongResult.check("events", events, count)
  }
}

/// The same through `client.events`, an `AsyncThrowingStream`.
func followEvents(count: Int) async throws {
  try await withPlayedStream(of: count) { url in
    var events = 0
    for try await _ in EventClient().events(request(url)) { events += 1 }
    try WrongResult.check("events", events, count)
  }
}

private func request(_ url: String) -> EventRequest {
  var request = EventRequest(url)
  request.reconnect = .never
  return request
}

/// One connection is answered with a stream of so many events, in chunks of some 16 KiB.
private func withPlayedStream(of count: Int, _ body: @Sendable (_ url: String) async throws -> Void) async throws {
  let (listener, port) = try BlockingSocket.listen()
  Thread.detachNewThread {
    do { try play(count, eventsOn: try listener.accept()) } catch { FixedWork.fail("\(error)") }
  }
  try await body("http://127.0.0.1:\(port)/")
}

private func play(_ count: Int, eventsOn socket: BlockingSocket) throws {
  let event = Array(
    "data: {\"id\":\"chatcmpl-9xQ2v7\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"}}]}\n\n".utf8)
  let eventsInChunk = 16_384 / event.count
  try socket.read(through: "\r\n\r\n")
  try socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
  var left = count
  while left > 0 {
    let events = min(left, eventsInChunk)
    let chunk = Array(repeating: event, count: events).joined()
    try socket.write(Array("\(String(events * event.count, radix: 16))\r\n".utf8) + chunk + "\r\n".utf8)
    left -= events
  }
  try socket.write("0\r\n\r\n".utf8)
  _ = try socket.readToEnd()
}
