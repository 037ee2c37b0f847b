/// Why a connection could not be secured, or was no longer secure.
package enum TLSError: Error, Hashable, Sendable {
  /// OpenSSL is not on this machine: the names that were tried.
  case libraryMissing(tried: [String])
  /// What was loaded is no OpenSSL that is known here.
  case libraryUnusable(library: String, missing: String)
  /// A setting cannot be used: a file that cannot be read, a key that does not belong to its certificate.
  case invalidSetting(String)

  case untrustedCertificate(CertificateProblem, host: String)
  /// The peer's public key is none of those that are pinned; its SHA-256 in base64.
  case unexpectedPublicKey(sha256: String, host: String)
  /// The peer refused the handshake, or broke the connection off, with an alert (RFC 8446, 6).
  case refusedByPeer(TLSAlert)
  /// What the peer sends is no TLS; perhaps HTTP in plain text.
  case notTLS(isHTTP: Bool)
  /// The peer closed before the handshake was done.
  case closedInHandshake
  /// The connection ended without a `close_notify`: more may have been on its way (RFC 8446, 6.1).
  case truncated
  /// The peer breaks the protocol, in OpenSSL's words.
  case protocolViolation(String)

  /// What is wrong with a certificate.
  package enum CertificateProblem: Hashable, Sendable {
    case wrongHost
    case expired
    case notYetValid
    case selfSigned
    case unknownAuthority
    /// Anything else, in OpenSSL's words.
    case other(String)
  }
}

extension TLSError {
  /// One clause: what happened and, where there is something to do, what.
  package var explanation: String {
    switch self {
    case .libraryMissing(let tried):
      "TLS needs OpenSSL, and none was found (\(tried.joined(separator: ", "))); \(DynamicLibrary.openSSLAdvice)"
    case .libraryUnusable(let library, let missing):
      "\(library) has no function \(missing); \(DynamicLibrary.openSSLAdvice)"
    case .invalidSetting(let why): why
    case .untrustedCertificate(let problem, let host): problem.explanation(host)
    case .unexpectedPublicKey(let found, let host):
      "the public key of '\(host)' is not one that is pinned; it is sha256//\(found)"
    case .refusedByPeer(let alert): "the peer refused the TLS connection with the alert \(alert)"
    case .notTLS(true): "the peer answers in plain HTTP, not TLS; use http, or the port that speaks https"
    case .notTLS(false): "the peer does not speak TLS there"
    case .closedInHandshake: "the peer closed the connection during the TLS handshake; does it speak TLS there?"
    case .truncated: "the peer closed the connection without ending its TLS stream"
    case .protocolViolation(let words): "the TLS connection broke: \(words)"
    }
  }
}

extension TLSError.CertificateProblem {
  fileprivate func explanation(_ host: String) -> String {
    switch self {
    case .wrongHost: "the certificate is for another host, not for '\(host)'"
    case .expired: "the certificate of '\(host)' has expired; if it has not, this machine's clock is wrong"
    case .notYetValid: "the certificate of '\(host)' is not valid yet; if it is, this machine's clock is wrong"
    case .selfSigned: "the certificate of '\(host)' is self-signed, and not among those that are trusted"
    case .unknownAuthority:
      "the certificate of '\(host)' comes from an authority that is not trusted here, or the server does not send "
        + "the certificates in between"
    case .other(let words): "the certificate of '\(host)' is refused: \(words)"
    }
  }
}
