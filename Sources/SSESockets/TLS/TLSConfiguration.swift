/// A certificate with the chain above it, and its private key, in PEM files.
package struct TLSCertificateFiles: Sendable, Hashable {
  package var chain: String
  package var key: String

  package init(chain: String, key: String) {
    self.chain = chain
    self.key = key
  }
}

/// What the client's end of a TLS connection wants.
package struct TLSClientConfiguration: Sendable, Hashable {
  package enum Trust: Sendable, Hashable {
    /// The authorities that the system trusts.
    case system
    /// Those in a PEM file, and no others.
    case authorities(file: String)
    /// Whoever has a pinned key; neither authority, host name nor dates are looked at.
    case pinnedKeys
    /// No check at all.
    case anyone

    var verifies: Bool {
      switch self {
      case .system, .authorities: true
      case .pinnedKeys, .anyone: false
      }
    }
  }

  package var trust = Trust.system
  /// SHA-256 of SubjectPublicKeyInfos; where there are some the peer must, besides being trusted, have one of them.
  package var pinnedKeys: Set<[UInt8]> = []
  /// Shown to a server that asks for one.
  package var certificate: TLSCertificateFiles?
  package var library = OpenSSLLibrary.system

  package init() {}
}

/// What the server's end of TLS connections wants.
package struct TLSServerConfiguration: Sendable, Hashable {
  package var certificate: TLSCertificateFiles
  /// A PEM file; where it is set each client must have a certificate from one of these authorities.
  package var clientAuthorities: String?
  package var library = OpenSSLLibrary.system

  package init(certificate: TLSCertificateFiles) { self.certificate = certificate }
}
