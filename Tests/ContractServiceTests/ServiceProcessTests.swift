import Foundation
import SSETestSupport
import Testing

@testable import SSEContractService

private let service = Product.path("sse-contract-service")

@Suite("The program sse-contract-service")
struct ServiceProcessTests {
  @Test(
    "DELETE / is answered, closes every stream, and ends it with 0; so does a signal",
    arguments: [nil, SIGTERM, SIGINT])
  func ending(signal: Int32?) async throws {
    try await withRunningProgram(service, ["--port", "0"]) { program in
      let harness = Harness(
        port: try await program.port(), streams: try RawListener(),
        callbacks: CallbackListener(listener: try RawListener()))
      let (_, stream) = try await harness.startStream()
      let (_, other) = try await harness.startStream { $0.tag = "a tag" }
      try await other.send("data: a\n\n")
      let unanswered = try await harness.callbacks.accept()
      if let signal {
        program.send(signal)
      } else {
        #expect(try await harness.request("DELETE", "/").status == 204)
      }
      for connection in [stream.connection, other.connection, unanswered.connection] {
        _ = try await connection.ending()
      }
      try await eventually("it has ended with 0") { program.exitStatus == 0 }
      #expect(program.output.contains("client 2 follows \(harness.streams.url)/stream (a tag)\n"))
    }
  }

  @Test("help goes to the standard output, with 0")
  func help() async throws {
    let result = try await Program.run(service, ["--help"])
    #expect(result.status == 0)
    for words in ["--host ADDRESS", "127.0.0.1", "--port NUMBER", "8000"] { #expect(result.output.contains(words)) }
    #expect(result.errors.isEmpty)
  }

  @Test("a port in use is one line on standard error, with 1")
  func portInUse() async throws {
    let listener = try RawListener()
    let result = try await Program.run(service, ["--port", "\(listener.port)"])
    #expect(result.errors.hasPrefix("sse-contract-service: 127.0.0.1:\(listener.port) is in use"))
    #expect(result.errors.filter(\.isNewline).count == 1)
    #expect(result.status == 1)
  }

  @Test(
    "it understands",
    arguments: [
      ([], .serve(ServiceOptions(host: "127.0.0.1", port: 8_000))),
      (["--port", "0", "--host=::1"], .serve(ServiceOptions(host: "::1", port: 0))),
      (["--port=1", "-h"], .help),
    ] as [([String], ServiceCommand)])
  func understood(arguments: [String], command: ServiceCommand) throws {
    #expect(try ServiceCommand(arguments: arguments) == command)
  }

  @Test(
    "it refuses",
    arguments: [
      (["--port", "65536"], .invalidPort("65536")), (["--port"], .missingValue(option: "--port")),
      (["--host="], .missingValue(option: "--host")), (["serve"], .unknownArgument("serve")),
      (["--prot=1"], .unknownArgument("--prot=1")),
    ] as [([String], UsageError)])
  func refused(arguments: [String], error: UsageError) {
    #expect(throws: error) { try ServiceCommand(arguments: arguments) }
  }
}
