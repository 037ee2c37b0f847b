import SSESockets

/// Why an `https` connection could not be secured.
public struct TLSFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// What went wrong, for programs.
  public enum Kind: Sendable, Hashable {
    /// The certificate is for another host than the URL's.
    case wrongHost
    /// The certificate has expired.
    case expired
    /// The certificate is not valid yet.
    case notYetValid
    /// The certificate is signed by itself alone, and is not trusted.
    case selfSigned
    /// The certificate comes from an authority that is not trusted, or a certificate in between is missing.
    case unknownAuthority
    /// The certificate is refused for another reason.
    case invalidCertificate
    /// The server's public key is none of `TLSSettings.pinnedPublicKeys`.
    case unexpectedPublicKey
    /// The server refused the connection with an alert, for example since it wants a client certificate.
    case refusedByServer
    /// The server does not speak TLS at this port.
    case notTLS
    /// The server closed the connection before it was secured.
    case closed
    /// The server breaks the protocol.
    case protocolViolation
    /// OpenSSL is missing on this machine.
    case libraryMissing
    /// `TLSSettings` cannot be used, a file that cannot be read for example.
    case invalidSettings
  }

  /// What went wrong, for programs.
  public let kind: Kind
  /// What went wrong and what to do, for people.
  public let description: String
}

extension TLSFailure {
  /// Whether it is this machine's, so that no other attempt will do better.
  var isLocal: Bool { kind == .libraryMissing || kind == .invalidSettings }

  init(_ error: TLSError) {
    kind = Kind(error)
    description = [error.explanation, Self.advice(on: error)].compactMap { $0 }.joined(separator: "; ")
  }

  /// Nil where it says no more than that the connection broke off: that it was cut is no more than a reset is; but a
  /// server may refuse a client's certificate only after the handshake, say (RFC 8446, 4.4.2.4).
  init?(_ error: SocketError) {
    guard case .tls(let error) = error.kind, error != .truncated else { return nil }
    self.init(error)
  }

  private static func advice(on error: TLSError) -> String? {
    switch error {
    case .untrustedCertificate(.wrongHost, _): "ask for the host that it names"
    case .untrustedCertificate(.selfSigned, _):
      "trust it with TLSSettings.trust = .certificateAuthorities(file:), or by its key with .pinnedPublicKeys"
    case .untrustedCertificate(.unknownAuthority, _):
      "name the authority with TLSSettings.trust = .certificateAuthorities(file:); the system's own authorities may "
        + "need installing (Debian: `apt install ca-certificates`)"
    case .unexpectedPublicKey: "pin it in TLSSettings.pinnedPublicKeys only if you know that it is the server's"
    case .refusedByPeer(let alert) where alert.concernsCertificate:
      "check TLSSettings.clientCertificate, which the server asks for"
    default: nil
    }
  }
}

extension TLSFailure.Kind {
  fileprivate init(_ error: TLSError) {
    switch error {
    case .untrustedCertificate(.wrongHost, _): self = .wrongHost
    case .untrustedCertificate(.expired, _): self = .expired
    case .untrustedCertificate(.notYetValid, _): self = .notYetValid
    case .untrustedCertificate(.selfSigned, _): self = .selfSigned
    case .untrustedCertificate(.unknownAuthority, _): self = .unknownAuthority
    case .untrustedCertificate(.other, _): self = .invalidCertificate
    case .unexpectedPublicKey: self = .unexpectedPublicKey
    case .refusedByPeer: self = .refusedByServer
    case .notTLS: self = .notTLS
    case .closedInHandshake, .truncated: self = .closed
    case .protocolViolation: self = .protocolViolation
    case .libraryMissing, .libraryUnusable: self = .libraryMissing
    case .invalidSetting: self = .invalidSettings
    }
  }
}
