import Foundation
import SSETestSupport
import Testing

@testable import SSESockets

@Suite("Whom TLS trusts", .timeLimit(.minutes(1)))
struct TLSTrustTests {
  init() async throws { try await TestCertificates.prepare() }

  struct Row: Sendable {
    var certificate: String
    var host = "localhost"
    var problem: TLSError.CertificateProblem?
  }

  @Test(
    "A certificate is accepted or refused for its own reason (RFC 9525, 6)",
    arguments: [
      Row(certificate: "valid"), Row(certificate: "valid", host: "LOCALHOST"),
      Row(certificate: "valid", host: "localhost."), Row(certificate: "valid", host: "127.0.0.1"),
      Row(certificate: "valid", host: "::1"), Row(certificate: "valid", host: "127.0.0.2", problem: .wrongHost),
      Row(certificate: "valid", host: "::2", problem: .wrongHost),
      Row(certificate: "valid", host: "host", problem: .wrongHost),
      Row(certificate: "valid", host: "localhost.example", problem: .wrongHost),
      Row(certificate: "other", problem: .wrongHost), Row(certificate: "other", host: "other.example"),
      Row(certificate: "other", host: "other.example.org", problem: .wrongHost),
      Row(certificate: "expired", problem: .expired), Row(certificate: "future", problem: .notYetValid),
      Row(certificate: "self-signed", problem: .selfSigned), Row(certificate: "chain"),
      // The server has forgotten the certificate in between.
      Row(certificate: "leaf", problem: .unknownAuthority),
      Row(certificate: "wildcard", host: "one.wild.example"),
      Row(certificate: "wildcard", host: "one.two.wild.example", problem: .wrongHost),
      Row(certificate: "wildcard", host: "wild.example", problem: .wrongHost),
      Row(certificate: "partial", host: "whole.wild.example", problem: .wrongHost),
      // Its subject's CN is "localhost", which nobody looks at.
      Row(certificate: "subject", problem: .wrongHost),
    ])
  func certificates(row: Row) throws {
    var pair = try TLSPair(host: row.host, server: TLSPair.serverContext(row.certificate))
    pair.exchange()
    guard let problem = row.problem else {
      #expect(pair.client.phase == .open)
      #expect(pair.server.phase == .open)
      return
    }
    let host = row.host
    #expect(pair.client.phase == .failed(.untrustedCertificate(problem, host: host)))
    guard case .failed(.refusedByPeer(let alert)) = pair.server.phase else {
      Issue.record("the server is not told: \(pair.server.phase)")
      return
    }
    #expect(alert.concernsCertificate)
  }

  @Test("An authority that is not in the file is unknown; a certificate that is in the file itself is trusted")
  func authorities() throws {
    var unknown = try TLSPair(
      client: TLSPair.clientContext { $0.trust = .authorities(file: try TestCertificates.file("self-signed")) })
    unknown.exchange()
    #expect(unknown.client.phase == .failed(.untrustedCertificate(.unknownAuthority, host: "localhost")))
    for file in ["self-signed", "intermediate"] {
      let server = file == "intermediate" ? "leaf" : file
      var known = try TLSPair(
        client: TLSPair.clientContext { $0.trust = .authorities(file: try TestCertificates.file(file)) },
        server: TLSPair.serverContext(server))
      known.exchange()
      #expect(known.client.phase == .open, "\(file)")
    }
    var system = try TLSPair(client: TLSPair.clientContext { $0.trust = .system })
    system.exchange()
    #expect(system.client.phase == .failed(.untrustedCertificate(.unknownAuthority, host: "localhost")))
  }

  private static func digest(_ pin: String) -> [UInt8] {
    [UInt8](Data(base64Encoded: String(pin.dropFirst("sha256//".count))) ?? Data())
  }

  @Test("A pin is asked for besides the authority, or in its place")
  func pins() throws {
    let right = Self.digest(try TestCertificates.pin())
    let wrong = [UInt8](repeating: 7, count: 32)
    func phase(
      _ pins: Set<[UInt8]>, _ trust: TLSClientConfiguration.Trust? = nil, host: String = "localhost"
    ) throws -> TLSSession.Phase {
      let context = try TLSPair.clientContext {
        $0.pinnedKeys = pins
        if let trust { $0.trust = trust }
      }
      var pair = try TLSPair(host: host, client: context)
      pair.exchange()
      return pair.client.phase
    }
    let refused = try TLSSession.Phase.failed(
      .unexpectedPublicKey(sha256: String(TestCertificates.pin().dropFirst(8)), host: "localhost"))
    #expect(try phase([right]) == .open)
    #expect(try phase([wrong, right]) == .open)
    #expect(try phase([wrong]) == refused)
    #expect(try phase([right], .system) == .failed(.untrustedCertificate(.unknownAuthority, host: "localhost")))
    #expect(try phase([right], .pinnedKeys, host: "elsewhere") == .open)
    #expect(try phase([wrong], .pinnedKeys) == refused)
    #expect(try phase([wrong], .anyone) == refused)
    #expect(try phase([], .anyone, host: "elsewhere") == .open)
    #expect(throws: TLSError.self) { try phase([], .pinnedKeys) }
  }

  @Test(
    "Base64 as in RFC 4648, 10",
    arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE=")])
  func encoding(text: String, encoded: String) {
    #expect(base64(Array(text.utf8)) == encoded)
  }

  // MARK: - Settings that cannot be used

  @Test("A file that cannot be used is an error that names it, and no passphrase is asked for")
  func files() throws {
    let (valid, client) = (try TLSPair.files("valid"), try TLSPair.files("client"))
    let encrypted = try TLSPair.files("encrypted")
    let rows: [(TLSCertificateFiles, says: [String])] = [
      (TLSCertificateFiles(chain: "/nowhere.pem", key: valid.key), ["'/nowhere.pem'", "No such file"]),
      (TLSCertificateFiles(chain: valid.chain, key: "/nowhere.key"), ["'/nowhere.key'", "No such file"]),
      (TLSCertificateFiles(chain: valid.key, key: valid.key), ["certificate in '\(valid.key)'", "no start line"]),
      (
        TLSCertificateFiles(chain: valid.chain, key: client.key),
        ["'\(client.key)'", "for '\(valid.chain)'", "mismatch"]
      ),
      (encrypted, ["'\(encrypted.key)'", "without a passphrase"]),
    ]
    for (files, says) in rows {
      let error = #expect(throws: TLSError.self) { try TLSPair.clientContext { $0.certificate = files } }
      guard case .invalidSetting(let text) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      for part in says { #expect(text.contains(part), "\(text)") }
    }
    #expect(throws: TLSError.self) { try TLSPair.clientContext { $0.trust = .authorities(file: "/nowhere.pem") } }
  }

  @Test("A missing OpenSSL is an error that says what to install, and a library that is another one is told")
  func library() throws {
    let missing = #expect(throws: TLSError.self) {
      try TLSPair.clientContext { $0.library = OpenSSLLibrary(names: ["libssl.so.0", "libnothing.so"]) }
    }
    #expect(missing == .libraryMissing(tried: ["libssl.so.0", "libnothing.so"]))
    #expect(missing?.explanation.contains("libssl.so.0, libnothing.so") == true)
    #expect(missing?.explanation.contains("apt install libssl3") == true)
    let other = #expect(throws: TLSError.self) {
      try TLSPair.clientContext { $0.library = OpenSSLLibrary(names: ["libssl.so.0", "libc.so.6"]) }
    }
    #expect(other == .libraryUnusable(library: "libc.so.6", missing: "TLS_client_method"))
  }

  @Test("Contexts are shared between equal settings until a file changes, and at most 16 are kept")
  func cache() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sse-cache-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "authority.pem")
    let pem = try String(contentsOfFile: TestCertificates.file("authority"), encoding: .utf8)
    try pem.write(to: file, atomically: true, encoding: .utf8)

    let cache = TLSContextCache()
    var configuration = TLSClientConfiguration()
    configuration.trust = .authorities(file: file.path(percentEncoded: false))
    let first = try cache.context(for: configuration)
    #expect(try cache.context(for: configuration) === first)
    try (pem + "\n").write(to: file, atomically: true, encoding: .utf8)
    let second = try cache.context(for: configuration)
    #expect(second !== first)

    func others(_ count: Int) throws {
      for number in 0..<count {
        var other = configuration
        other.pinnedKeys = [[UInt8(number)]]
        _ = try cache.context(for: other)
      }
    }
    try others(TLSContextCache.most - 1)
    #expect(try cache.context(for: configuration) === second)
    try others(TLSContextCache.most)
    #expect(try cache.context(for: configuration) !== second)
  }
}
