import Foundation
import SSETestSupport

@testable import SSESockets

/// Both ends of a TLS connection in memory, and what is between them in a test's hand.
struct TLSPair: ~Copyable {
  var client: TLSSession
  var server: TLSSession

  init(host: String = "localhost", client: TLSContext? = nil, server: TLSContext? = nil) throws {
    let contexts = (client: try client ?? Self.clientContext(), server: try server ?? Self.serverContext())
    self.init(try TLSSession(client: contexts.client, host: host), try TLSSession(server: contexts.server))
  }

  private init(_ client: consuming TLSSession, _ server: consuming TLSSession) {
    self.client = client
    self.server = server
  }

  static func clientContext(_ change: (inout TLSClientConfiguration) throws -> Void = { _ in }) throws -> TLSContext {
    var configuration = TLSClientConfiguration()
    configuration.trust = .authorities(file: try TestCertificates.file("authority"))
    try change(&configuration)
    return try TLSContext(configuration)
  }

  static func serverContext(
    _ certificate: String = "valid", clientAuthorities: String? = nil
  ) throws -> TLSContext {
    var configuration = TLSServerConfiguration(certificate: try files(certificate))
    configuration.clientAuthorities = try clientAuthorities.map { try TestCertificates.file($0) }
    return try TLSContext(configuration)
  }

  static func files(_ name: String) throws -> TLSCertificateFiles {
    TLSCertificateFiles(
      chain: try TestCertificates.file(name), key: try TestCertificates.file(name, isKey: true))
  }

  /// Carries everything to the other side, in pieces, until neither has anything to send. What was carried.
  @discardableResult
  mutating func exchange(inPieces pieces: ([UInt8]) -> [[UInt8]] = { [$0] }) -> Int {
    var count = 0
    while true {
      let toServer = client.ciphertext()
      for piece in pieces(toServer) { server.received(piece) }
      let toClient = server.ciphertext()
      for piece in pieces(toClient) { client.received(piece) }
      count += toServer.count + toClient.count
      if toServer.isEmpty, toClient.isEmpty { return count }
    }
  }
}

extension TLSSession {
  mutating func ciphertext() -> [UInt8] {
    var bytes: [UInt8] = []
    takeCiphertext(into: &bytes)
    return bytes
  }

  mutating func encrypted(_ plaintext: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    plaintext.withUnsafeBytes { send($0, into: &bytes) }
    return bytes
  }

  mutating func encrypted(_ text: String) -> [UInt8] { encrypted(Array(text.utf8)) }

  mutating func text() -> String { String(decoding: takePlaintext(), as: UTF8.self) }
}
