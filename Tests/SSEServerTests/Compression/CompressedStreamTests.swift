import Foundation
import SSEHTTP1
import SSETestSupport
import SSETesting
import Testing

@testable import SSEServer

@Suite("Compressed streams", .serialized)
struct CompressedStreamTests {
  /// A stream that a test writes event by event.
  private struct Source {
    let stream: AsyncStream<ServerSentEvent>
    let continuation: AsyncStream<ServerSentEvent>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    var router: Router {
      var router = Router()
      router.events("/events") { [stream] _ in stream }
      return router
    }

    func send(_ data: String) { continuation.yield(ServerSentEvent(data: data)) }
  }

  @Test("S58: each event can be decoded when it arrives, and the end has the checksum", arguments: ["1.1", "1.0"])
  func eachEvent(version: String) async throws {
    let source = Source()
    try await withEventServer(source.router, timeLimit: .seconds(30), configuration: .compressing) { baseURL in
      let reader = try await GzipReader("/events", at: baseURL, version: version)
      #expect(reader.head.contains("\r\nVary: Accept-Encoding\r\n"))
      for number in 1...100 {
        source.send("number \(number)")
        let text = try await reader.read(through: "\n\n")
        #expect(text == "data: number \(number)\n\n")
      }
      source.continuation.finish()
      let rest = try await reader.readToEnd()
      #expect(rest.isEmpty)
      #expect(reader.isAtEnd)
      #expect(reader.hasLastChunk == (version == "1.1"))
    }
  }

  @Test("events of a turn are one chunk, and what they repeat is not sent again")
  func burst() async throws {
    var router = Router()
    router.events("/events") { _, events in
      try await events.flush()
      for number in 0..<200 {
        try await events.send(json: ["name": "temperature of the room", "number": "\(number)"])
      }
    }
    try await withEventServer(router, timeLimit: .seconds(30), configuration: .compressing) { baseURL in
      let reader = try await GzipReader("/events", at: baseURL)
      let text = try await reader.readToEnd()
      #expect(text.components(separatedBy: "\n\n").count == 201)
      #expect(text.contains(#""number":"199"}"#))
      #expect(reader.isAtEnd)
      #expect(reader.chunkSizes.count < 100)
      #expect(reader.chunkSizes.reduce(0, +) * 5 < text.utf8.count)
    }
  }

  @Test("an event too large to be compressed at once comes among others, in one stream", arguments: ["1.1", "1.0"])
  func largeEvent(version: String) async throws {
    let data = String(repeating: "large ", count: 400_000)
    var router = Router()
    router.events("/events") { _, events in
      for text in ["one", data, "two", data, "three"] { try await events.send(text) }
    }
    try await withEventServer(router, timeLimit: .seconds(30), configuration: .compressing) { baseURL in
      let reader = try await GzipReader("/events", at: baseURL, version: version)
      let text = try await reader.readToEnd()
      let isSame = text == ["one", data, "two", data, "three"].map { "data: \($0)\n\n" }.joined()
      #expect(isSame)
      #expect(reader.isAtEnd)
      if version == "1.1" { #expect(reader.chunkSizes.filter { $0 > data.utf8.count }.count == 2) }
    }
  }

  @Test("whatever a handler does, and when, is the same with compression and without", arguments: 1...2)
  func sameAsPlain(seed: UInt64) async throws {
    var router = Router()
    router.events("/events") { _, events in
      var generator = SeededGenerator(seed: seed)
      for number in 0..<400 {
        let text = String(UInt64.random(in: 0 ... .max, using: &generator), radix: 36)
        switch Int.random(in: 0..<12, using: &generator) {
        case 0: try await events.comment(text)
        case 1: try await events.retry(after: .milliseconds(number))
        case 2: try await events.flush()
        case 3: try await Task.sleep(for: .milliseconds(3), clock: .eventLoop)
        case 4: try await events.send(String(repeating: text, count: 10_000))
        case 5 where number % 20 == 0: try await events.send(String(repeating: text, count: 120_000))
        case 6: try await Task { @MainActor in try await events.send("elsewhere \(text)") }.value
        default: try await events.send(text, type: "type", id: "\(number)")
        }
      }
    }
    var configuration = EventServerConfiguration.compressing
    configuration.keepAlive = nil
    try await withEventServer(router, timeLimit: .seconds(60), configuration: configuration) { baseURL in
      let plain = try await RawConnection.get("/events", at: baseURL, version: "1.0")
      let expected = try await plain.readUntilClose().body
      for (version, receiveBuffer) in [("1.1", nil), ("1.1", 4_096), ("1.0", 4_096)] as [(String, Int32?)] {
        let reader = try await GzipReader("/events", at: baseURL, version: version, receiveBuffer: receiveBuffer)
        let isSame = try await reader.readToEnd() == expected
        #expect(isSame)
        #expect(reader.isAtEnd)
      }
    }
  }

  @Test("S8: a stream that its handler cuts has all that was sent, and no end")
  func cut() async throws {
    var router = Router()
    router.events("/events") { _, events in
      try await events.send("one")
      try await events.send("two")
      throw HTTPStatus.badGateway
    }
    var configuration = EventServerConfiguration.compressing
    configuration.log = { _ in }
    try await withEventServer(router, timeLimit: .seconds(30), configuration: configuration) { baseURL in
      let reader = try await GzipReader("/events", at: baseURL)
      let text = try await reader.readToEnd()
      #expect(text == "data: one\n\ndata: two\n\n")
      #expect(!reader.isAtEnd)
      #expect(!reader.hasLastChunk)
    }
  }

  @Test("a status that is thrown before the first event is an answer without a coding")
  func refused() async throws {
    var router = Router()
    router.events("/events") { _, _ in throw HTTPStatus.conflict }
    try await withEventServer(router, timeLimit: .seconds(30), configuration: .compressing) { baseURL in
      let answer = try await exchange(baseURL, request("GET", "/events", "Accept-Encoding: gzip\r\n"))
      #expect(answer.status == 409)
      #expect(answer["Content-Encoding"] == nil)
      #expect(answer.body == #"{"error":"Conflict"}"#)
    }
  }

  @Test("S6: a comment of an idle stream can be decoded when it arrives", arguments: ["/handler", "/topic"])
  func keepAlive(path: String) async throws {
    var router = Router()
    router.events("/topic", from: Topic())
    router.events("/handler") { _, events in
      try await events.flush()
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    var configuration = EventServerConfiguration.compressing
    configuration.keepAlive = .milliseconds(20)
    try await withEventServer(router, timeLimit: .seconds(30), configuration: configuration) { baseURL in
      let reader = try await GzipReader(path, at: baseURL)
      let text = try await reader.read(through: ":\n\n:\n\n:\n\n")
      #expect(text == ":\n\n:\n\n:\n\n")
    }
  }

  @Test("S15: a reader that does not read makes the sender wait, and gets everything in the end")
  func slowReader() async throws {
    let sent = Recorder<Int>()
    var generator = SeededGenerator(seed: 58)
    // Nothing to compress in it.
    let data = (0..<1_000).map { _ in String(UInt64.random(in: 0 ... .max, using: &generator), radix: 36) }.joined()
    var router = Router()
    router.events("/events") { _, events in
      for number in 0..<1_500 {
        try await events.send("\(number) \(data)")
        sent.note(number)
      }
    }
    var configuration = EventServerConfiguration.compressing
    configuration.keepAlive = nil  // Its interval bounds how long the kernel lets a reader take nothing.
    try await withEventServer(router, timeLimit: .seconds(60), configuration: configuration) { baseURL in
      let reader = try await GzipReader("/events", at: baseURL, receiveBuffer: 4_096)
      try await standstill(of: sent)
      #expect(sent.count < 1_500)
      for number in 0..<1_500 {
        let text = try await reader.read(through: "\n\n")
        #expect(text == "data: \(number) \(data)\n\n")
      }
      _ = try await reader.readToEnd()
      #expect(reader.isAtEnd)
    }
  }

  @Test("S7: the connection carries another stream, compressed anew")
  func nextStream() async throws {
    var router = Router()
    router.events("/events") { _, events in
      try await events.send("one")
      try await events.close()
    }
    try await withEventServer(router, timeLimit: .seconds(30), configuration: .compressing) { baseURL in
      let connection = try await RawConnection.connect(to: baseURL)
      var bodies: [[UInt8]] = []
      for _ in 0..<2 {
        try await connection.write(request("GET", "/events", "Accept-Encoding: gzip\r\n"))
        _ = try await connection.readHead()
        var body: [UInt8] = []
        while let size = Int(try await connection.read(through: "\r\n").dropLast(1), radix: 16), size > 0 {
          body += try await connection.read(count: size + 2).dropLast(2)
        }
        _ = try await connection.read(count: 2)
        bodies.append(body)
      }
      for body in bodies {
        var decoder = try ContentDecoder(.gzip, longestUnused: .max)
        decoder.append(body[...])
        let text = try decoder.next().map { String(decoding: $0, as: UTF8.self) }
        let isAtEnd = decoder.isAtEnd
        #expect(text == "data: one\n\n")
        #expect(isAtEnd)
      }
    }
  }
}
