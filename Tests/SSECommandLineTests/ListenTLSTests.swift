import SSETestSupport
import Testing

@Suite("sse listen and https", .serialized, .timeLimit(.minutes(1)))
struct ListenTLSTests {
  @Test("an authority, a pin, or no verification at all, which is loud; without any of them the error names the option")
  func trust() async throws {
    try await withTLSPeers(certificates: ["valid", "self-signed"]) { _, ports in
      func listen(_ certificate: String, _ arguments: [String]) async throws -> Program.Result {
        let url = "https://127.0.0.1:\(ports[certificate] ?? 0)/event"
        return try await Program.run(sse, ["listen", url, "--no-reconnect", "--no-proxy"] + arguments)
      }
      let authority = try TestCertificates.file("authority")
      let pin = try TestCertificates.pin()
      for arguments in [["--cacert", authority], ["--insecure", "--pinnedpubkey", pin]] {
        let result = try await listen("valid", arguments)
        #expect(result.output == "one\n")
        #expect(result.errors == "")
        #expect(result.status == 0)
      }
      let insecure = try await listen("self-signed", ["-k"])
      #expect(insecure.output == "one\n")
      #expect(insecure.errors.contains("without verification"))
      let refusals = [
        ("valid", [], "--cacert"), ("self-signed", ["--cacert", authority], "--cacert"),
        ("self-signed", ["-k", "--pinnedpubkey", pin], "--pinnedpubkey"),
      ]
      for (certificate, arguments, option) in refusals {
        let result = try await listen(certificate, arguments)
        #expect(result.output == "")
        #expect(result.errors.hasSuffix("; here: \(option)\n"))
        #expect(result.status == 1)
      }
    }
  }

  @Test("a certificate of its own is shown to a server that asks for one")
  func clientCertificate() async throws {
    try await withTLSPeer(clientAuthority: "authority") { _, port in
      let arguments = [
        "listen", "https://127.0.0.1:\(port)/event", "--no-reconnect", "--no-proxy",
        "--cacert", try TestCertificates.file("authority"),
      ]
      let certificate = [
        "--cert", try TestCertificates.file("client"), "--key", try TestCertificates.file("client", isKey: true),
      ]
      #expect(try await Program.run(sse, arguments + certificate).output == "one\n")
      let refused = try await Program.run(sse, arguments)
      #expect(refused.status == 1)
      #expect(refused.errors.hasSuffix("; here: --cert\n"))
    }
  }
}
