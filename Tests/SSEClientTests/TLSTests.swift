import Foundation
import SSETestSupport
import Testing

@testable import SSEClient
@testable import SSESockets

/// `https`, against Python's `ssl`.
@Suite(.serialized, .timeLimit(.minutes(1))) struct TLSTests {
  init() async throws { try await TestCertificates.prepare() }

  /// A client that trusts the tests' authority, and for which each host is this machine.
  static func client(_ change: (inout EventClientConfiguration) throws -> Void = { _ in }) throws -> EventClient {
    var configuration = EventClientConfiguration()
    configuration.nameResolver = NameResolver { _, port in [try SocketAddress(numericHost: "127.0.0.1", port: port)] }
    configuration.proxy = .none
    configuration.tls.trust = .certificateAuthorities(file: try TestCertificates.file("authority"))
    try change(&configuration)
    return EventClient(configuration: configuration)
  }

  /// Why a source failed to be secured; nil where it was not that.
  static func failure(of source: EventSource) async -> TLSFailure? {
    guard case .failure(.secureConnectionFailed(let failure, _)) = await outcome(of: source) else { return nil }
    return failure
  }

  // MARK: - C86

  struct Row: Sendable {
    var certificate: String
    var host = "localhost"
    var kind: TLSFailure.Kind?
    var says: [String] = []
  }

  /// One after another: a process of the peer's for each would take a busy machine too long.
  static let rows: [Row] = [
    Row(certificate: "valid"), Row(certificate: "valid", host: "127.0.0.1"), Row(certificate: "chain"),
    Row(certificate: "wildcard", host: "one.wild.example"),
    Row(
      certificate: "wildcard", host: "two.one.wild.example", kind: .wrongHost,
      says: ["for another host, not for 'two.one.wild.example'"]),
    Row(certificate: "other", kind: .wrongHost, says: ["for another host, not for 'localhost'"]),
    Row(certificate: "subject", kind: .wrongHost, says: ["for another host"]),
    Row(certificate: "expired", kind: .expired, says: ["'localhost' has expired", "clock"]),
    Row(certificate: "future", kind: .notYetValid, says: ["not valid yet", "clock"]),
    Row(
      certificate: "self-signed", kind: .selfSigned,
      says: ["'localhost' is self-signed", "TLSSettings.trust = .certificateAuthorities(file:)"]),
    Row(
      certificate: "leaf", kind: .unknownAuthority,
      says: ["an authority that is not trusted here", "does not send the certificates in between"]),
  ]

  @Test("C86: a certificate is accepted, or refused with a message of its own")
  func certificates() async throws {
    try await withTLSPeers(certificates: Set(Self.rows.map(\.certificate)).sorted()) { peer, ports in
      for row in Self.rows {
        let port = try #require(ports[row.certificate])
        let url = "https://\(row.host):\(port)/event"
        let result = await outcome(of: try Self.client().source(EventRequest(url, reconnect: .never)))
        guard let kind = row.kind else {
          #expect(try result.get().map(\.data) == ["one"], "\(row)")
          // An address is no name to ask for (RFC 6066, 3).
          let name = row.host == "127.0.0.1" ? "None" : row.host
          let facts = "TLSv1.3 http/1.1 \(name) GET /event HTTP/1.1|Host: \(row.host):\(port)|"
          let request = "\n\(row.certificate) request \(facts)"
          #expect(peer.output.contains(request), "\(row): \(peer.output)")
          continue
        }
        guard case .failure(let error) = result, case .secureConnectionFailed(let failure, url) = error else {
          Issue.record("\(row): \(result)")
          continue
        }
        #expect(failure.kind == kind, "\(row)")
        for part in row.says { #expect(error.description.contains(part), "\(error)") }
        #expect(error.description.hasPrefix("\(url): the connection is not secure: "))
      }
      // Those that were refused have been told, and have not seen a request.
      let refused = Self.rows.count { $0.kind != nil }
      try await eventually("\(refused) alerts: \(peer.output)") {
        peer.output.matches(of: /failed .*alert/).count == refused
      }
      #expect(peer.output.matches(of: /\w request \w/).count == Self.rows.count - refused)
    }
  }

  @Test("C86: the system's authorities are the default, and none of them has signed the tests' certificate")
  func system() async throws {
    #expect(EventClientConfiguration().tls == TLSSettings(trust: .system))
    try await withTLSPeer { _, port in
      let client = try Self.client { $0.tls = TLSSettings() }
      #expect(await Self.failure(of: client.source("https://localhost:\(port)/event"))?.kind == .unknownAuthority)
    }
  }

  // MARK: - C87

  @Test("C87: a pin is asked for besides the authority; alone it is enough for a certificate that nobody knows")
  func pins() async throws {
    let pin = try TestCertificates.pin()
    let other = "sha256//" + Data(repeating: 7, count: 32).base64EncodedString()
    let malformed = ["", "sha256//", "md5//" + pin.dropFirst(8), "sha256//AAAA", String(pin.dropFirst(8))]
    let authority = TLSSettings.Trust.certificateAuthorities(file: try TestCertificates.file("authority"))
    let rows: [(Set<String>, TLSSettings.Trust, TLSFailure.Kind?)] =
      [
        ([pin], authority, nil), ([other, pin], authority, nil), ([other], authority, .unexpectedPublicKey),
        ([pin], .system, .unknownAuthority), ([pin], .pinnedPublicKeys, nil),
        ([other], .pinnedPublicKeys, .unexpectedPublicKey), ([], .pinnedPublicKeys, .invalidSettings),
        ([other], .insecureWithoutVerification, .unexpectedPublicKey),
      ] + malformed.map { ([$0], authority, .invalidSettings) }
    try await withTLSPeer { _, port in
      for (pins, trust, kind) in rows {
        let client = try Self.client { $0.tls = TLSSettings(trust: trust, pinnedPublicKeys: pins) }
        let source = client.source(EventRequest("https://localhost:\(port)/event", reconnect: .never))
        let found = await Self.failure(of: source)?.kind
        #expect(found == kind, "\(pins) \(trust)")
      }
    }
  }

  @Test("C87: the error for a wrong pin tells the server's, which then is accepted")
  func pinTold() async throws {
    try await withTLSPeer { _, port in
      let client = try Self.client { $0.tls.pinnedPublicKeys = ["sha256//" + Data(count: 32).base64EncodedString()] }
      let failure = await Self.failure(of: client.source("https://localhost:\(port)/event"))
      #expect(failure?.description.contains(try TestCertificates.pin()) == true, "\(String(describing: failure))")
    }
  }

  @Test("C87: a client shows its certificate where it is asked for one, and learns that it should have")
  func clientCertificate() async throws {
    try await withTLSPeer(clientAuthority: "authority") { peer, port in
      let request = EventRequest("https://localhost:\(port)/event", reconnect: .never)
      let known = try Self.client {
        $0.tls.clientCertificate = .init(
          chainFile: try TestCertificates.file("client"),
          privateKeyFile: try TestCertificates.file("client", isKey: true))
      }
      #expect(try await collect(known.source(request)).map(\.data) == ["one"])
      let unknown = try #require(await Self.failure(of: Self.client().source(request)))
      #expect(unknown.kind == .refusedByServer)
      #expect(unknown.description.contains("certificate_required"))
      #expect(unknown.description.contains("TLSSettings.clientCertificate"))
    }
  }

  @Test("C87: files that cannot be used are told before anything is connected")
  func files() async throws {
    let listener = try RawListener()
    let url = "https://127.0.0.1:\(listener.port)/"
    for change in [
      { $0.trust = .certificateAuthorities(file: "/nowhere.pem") },
      { $0.clientCertificate = .init(chainFile: "/nowhere.pem", privateKeyFile: "/nowhere.pem") },
    ] as [@Sendable (inout TLSSettings) -> Void] {
      let failure = try #require(await Self.failure(of: Self.client { change(&$0.tls) }.source(url)))
      #expect(failure.kind == .invalidSettings)
      #expect(failure.description.contains("'/nowhere.pem': No such file or directory"))
    }
    #expect(try await listener.accept(within: 50) == nil)
  }

  @Test("A machine without OpenSSL is told what to install, before anything is connected")
  func libraryMissing() async throws {
    let listener = try RawListener()
    let client = try Self.client { $0.tls.library = OpenSSLLibrary(names: ["libssl.so.0"]) }
    let failure = try #require(await Self.failure(of: client.source("https://127.0.0.1:\(listener.port)/")))
    #expect(failure.kind == .libraryMissing)
    #expect(failure.description.contains("apt install libssl3"))
    #expect(try await listener.accept(within: 50) == nil)
  }

  @Test("Without verification anyone is accepted, and each connection warns of it")
  func insecure() async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "sse-log-\(UUID())")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data().write(to: file)
    let handle = try FileHandle(forWritingTo: file)
    try await withTLSPeer(certificate: "self-signed") { _, port in
      let log = LogOutput(descriptor: handle.fileDescriptor)
      let client = try Self.client {
        $0.tls.trust = .insecureWithoutVerification
        $0.log = log
      }
      for _ in 0..<2 {
        let request = EventRequest("https://elsewhere.example:\(port)/event?token=secret", reconnect: .never)
        let events = try await collect(client.source(request))
        #expect(events.map(\.data) == ["one"])
      }
      let warning =
        "https://elsewhere.example:\(port): TLS without verification, anyone may read and change what is sent"
      #expect(try String(contentsOf: file, encoding: .utf8) == "\(warning)\n\(warning)\n")
    }
    try handle.close()
  }
}
