import SSETestSupport
import SSETesting
import Testing

@Suite(
  "curl and a scripted server",
  .enabled(if: runsPeerTests, "Tests/run runs these, with SSE_TEST_PEERS=1; they need curl"))
struct CurlScriptedServerTests {
  private func curl(_ arguments: String..., at server: ScriptedServer) async throws -> Program.Result {
    let url = "http://127.0.0.1:\(server.port)/a"
    return try await Program.run("curl", ["-sS", "-N", "--max-time", "10"] + arguments + [url])
  }

  @Test("it reads a stream that ends, one that is cut and one that is reset, and tells them apart")
  func endings() async throws {
    let stream: [ConnectionScript.Step] = [.eventStream(), .event("one", id: "1")]
    try await withScriptedServer(
      [.init(stream), .init(stream + [.cut]), .init(stream + [.reset]), [.response(status: .notFound, body: "no")]]
    ) { server in
      let ended = try await curl(at: server)
      #expect(ended.output == "id: 1\ndata: one\n\n")
      #expect(ended.status == 0)
      let cut = try await curl(at: server)
      #expect(cut.status == 18)  // CURLE_PARTIAL_FILE
      let reset = try await curl(at: server)
      #expect(reset.status == 56)  // CURLE_RECV_ERROR
      let refused = try await curl("-w", "%{http_code}", at: server)
      #expect(refused.output == "no404")
      #expect(server.connectionCount == 4)
    }
  }

  @Test("what it sends is recorded, and its leave is seen")
  func request() async throws {
    try await withScriptedServer([[.eventStream(), .event("one"), .holdOpen]]) { server in
      let result = try await curl(
        "--max-time", "1", "-H", "Last-Event-ID: 7", "-H", "Transfer-Encoding: chunked", "--data-binary", "a\nb",
        at: server)
      #expect(result.output == "data: one\n\n")
      #expect(result.status == 28)  // CURLE_OPERATION_TIMEDOUT
      let request = try #require(server.requests.first)
      #expect(request.description == "POST /a")
      #expect(request.lastEventID == "7")
      #expect(request.text == "a\nb")
      try await server.ending(ofConnection: 0)
    }
  }
}
