import Foundation
import SSESockets
import SSETestSupport

@testable import SSEServer

/// A client's end of a TLS connection that a test drives step by step, over a `RawConnection`.
final class SecureConnection {
  let raw: RawConnection
  private var session: TLSSession
  private var received: [UInt8] = []

  /// Connected and, unless told otherwise, with the handshake done.
  static func connect(
    port: Int, receiveBuffer: Int32? = nil, shakesHands: Bool = true
  ) async throws -> SecureConnection {
    var configuration = TLSClientConfiguration()
    configuration.trust = .authorities(file: try TestCertificates.file("authority"))
    let session = try TLSSession(client: TLSContext(configuration), host: "127.0.0.1")
    let raw = try await RawConnection.connect(port: port, receiveBuffer: receiveBuffer)
    let connection = SecureConnection(raw, session)
    guard shakesHands else { return connection }
    while case .handshaking = connection.session.phase { try await connection.takeMore() }
    if case .failed(let error) = connection.session.phase { throw error }
    return connection
  }

  /// Connected, and a path asked for.
  static func get(
    _ path: String, port: Int, version: String = "1.1", headers: String = "", receiveBuffer: Int32? = nil
  ) async throws -> SecureConnection {
    let connection = try await connect(port: port, receiveBuffer: receiveBuffer)
    try await connection.write("GET \(path) HTTP/\(version)\r\nHost: test\r\n\(headers)\r\n")
    return connection
  }

  private init(_ raw: RawConnection, _ session: consuming TLSSession) {
    self.raw = raw
    self.session = session
  }

  /// The first message of the handshake.
  func hello() -> [UInt8] {
    var bytes: [UInt8] = []
    session.takeCiphertext(into: &bytes)
    return bytes
  }

  func encrypted(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    Array(text.utf8).withUnsafeBytes { session.send($0, into: &bytes) }
    return bytes
  }

  func write(_ text: String) async throws { try await raw.write(encrypted(text)) }

  /// Everything up to and including `marker`; what came after it is kept for the next read.
  @discardableResult
  func read(through marker: String) async throws -> String {
    let marker = Array(marker.utf8)
    while true {
      if let end = received.firstRange(of: marker)?.upperBound {
        defer { received.removeFirst(end) }
        return String(decoding: received[..<end], as: UTF8.self)
      }
      guard isOpen else { throw Ended(phase: session.phase, received: String(decoding: received, as: UTF8.self)) }
      try await takeMore()
    }
  }

  func readHead() async throws -> String { try await read(through: "\r\n\r\n") }

  /// Everything until the server ends its TLS stream; throws where the connection ends without that.
  func readToEnd() async throws -> String {
    while isOpen { try await takeMore() }
    guard case .endedByPeer = session.phase else { throw Ended(phase: session.phase, received: "") }
    return String(decoding: received, as: UTF8.self)
  }

  struct Ended: Error {
    let phase: TLSSession.Phase
    let received: String
  }

  private var isOpen: Bool { session.phase == .handshaking || session.phase == .open }

  private func takeMore() async throws {
    let answer = hello()
    if !answer.isEmpty { try await raw.write(answer) }
    if let bytes = try await raw.receive() { session.received(bytes) } else { session.receivedEndOfFile() }
    received += session.takePlaintext()
  }

  /// What ends this side's TLS stream; the connection stays open.
  func endOfStream() -> [UInt8] {
    session.close()
    return hello()
  }
}

extension EventServerTLS {
  /// One of the tests' certificates.
  static func test(_ name: String = "valid") throws -> EventServerTLS {
    EventServerTLS(
      chainFile: try TestCertificates.file(name), privateKeyFile: try TestCertificates.file(name, isKey: true))
  }
}

extension EventServerConfiguration {
  /// The defaults, with TLS.
  static func secure(_ change: (inout EventServerConfiguration) throws -> Void = { _ in }) throws
    -> EventServerConfiguration
  {
    var configuration = EventServerConfiguration()
    configuration.tls = try .test()
    try change(&configuration)
    return configuration
  }
}
