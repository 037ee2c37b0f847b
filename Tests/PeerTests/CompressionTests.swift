import Foundation
import SSEServer
import SSETestSupport
import SSETesting
import Testing

/// A server that compresses: a finite stream at "/events", a topic with some history at "/topic", ended by its drain,
/// and a stream without an end at "/open".
private struct CompressingServer {
  let topic = Topic()
  let server: EventServer
  static let events = (0..<500).map { "data: {\"number\":\($0),\"text\":\"words of an event\"}\n\n" }.joined()

  init() {
    var router = Router()
    router.events("/events") { _, events in
      for index in 0..<500 { try await events.send("{\"number\":\(index),\"text\":\"words of an event\"}") }
    }
    router.events("/open") { _, events in
      try await events.send("first")
      try await Task.sleep(for: .seconds(3_600), clock: .eventLoop)
    }
    router.events("/topic", from: topic)
    var configuration = EventServerConfiguration()
    configuration.compression = .gzip
    server = EventServer(router, port: 0, configuration: configuration)
  }

  /// An event of a topic, large or small.
  static func text(_ number: Int) -> String {
    "\(number) " + String(repeating: "words ", count: number.isMultiple(of: 10) ? 5_000 : 3)
  }
}

@Suite(
  "curl and compressed streams", .timeLimit(.minutes(1)),
  .enabled(if: runsPeerTests, "Tests/run runs these, with SSE_TEST_PEERS=1; they need curl"))
struct CurlCompressionTests {
  @Test("S58: it decodes all events, and finds the checksum right", arguments: [[], ["--http1.0"]])
  func wholeOutput(arguments: [String]) async throws {
    let compressing = CompressingServer()
    try await withEventServer(compressing.server, timeLimit: .seconds(30)) { address in
      let result = try await Program.run("curl", ["-sSN", "--compressed"] + arguments + ["\(address.url)/events"])
      #expect(result.output == CompressingServer.events)
      #expect(result.errors == "")
      #expect(result.status == 0)
    }
  }

  @Test("S58: it prints the first event while the stream goes on")
  func atOnce() async throws {
    try await withEventServer(CompressingServer().server, timeLimit: .seconds(30)) { address in
      try await withRunningProgram("curl", ["-sSN", "--compressed", "\(address.url)/open"]) { curl in
        let data = try await curl.output(matching: /data: (.*)\n\n/)
        #expect(data == "first")
      }
    }
  }

  @Test("what it takes as it is can be decoded by gzip, which checks it")
  func gzipProgram() async throws {
    try await withEventServer(CompressingServer().server, timeLimit: .seconds(30)) { address in
      let command = "curl -sSN -H 'Accept-Encoding: gzip' \(address.url)/events | gzip -dc"
      let result = try await Program.run("sh", ["-c", command])
      #expect(result.output == CompressingServer.events)
      #expect(result.errors == "")
      #expect(result.status == 0)
    }
  }
}

@Suite(
  "Python's zlib and compressed streams", .timeLimit(.minutes(1)),
  .enabled(if: runsPeerTests, "Tests/run runs these, with SSE_TEST_PEERS=1; they need python3"))
struct PythonCompressionTests {
  private static func arguments(_ address: EventServer.Address, _ path: String, _ version: String) throws -> [String] {
    [try PythonEnvironment.path("gzip_client.py"), "\(address.port)", path, version]
  }

  @Test("S58: a handler's stream is one member of gzip, with its checksum", arguments: ["1.1", "1.0"])
  func handler(version: String) async throws {
    try await withEventServer(CompressingServer().server, timeLimit: .seconds(30)) { address in
      let result = try await Program.run("python3", try Self.arguments(address, "/events", version))
      #expect(result.output == "200 gzip Accept-Encoding\n\(CompressingServer.events)ended 0\n")
      #expect(result.errors == "")
    }
  }

  @Test(
    "S58: so is a topic's for readers that begin anywhere, and each event is there at once", arguments: ["1.1", "1.0"])
  func topic(version: String) async throws {
    let compressing = CompressingServer()
    let topic = compressing.topic
    var ids: [String] = []
    for number in 0..<40 { ids.append(try await topic.publish(CompressingServer.text(number))) }
    try await withEventServer(compressing.server, timeLimit: .seconds(30)) { address in
      let arguments = try Self.arguments(address, "/topic", version) + [ids[14]]
      try await withRunningProgram("python3", arguments) { python in
        var expected = "200 gzip Accept-Encoding\n"
        for number in 15..<60 {
          if number >= 40 { ids.append(try await topic.publish(CompressingServer.text(number))) }
          expected += "id: \(ids[number])\ndata: \(CompressingServer.text(number))\n\n"
          if number >= 39 { try await eventually("event \(number)") { python.output == expected } }
        }
        compressing.server.drain()
        let end = try await python.output(matching: /retry: \d+\n\n(.*)\n/)
        #expect(end == "ended 0")
      }
    }
  }
}
