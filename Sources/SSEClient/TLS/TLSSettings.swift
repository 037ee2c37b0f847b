package import SSESockets

/// How a client secures `https` connections: whom it trusts, and how it shows who it is.
///
///     configuration.tls.trust = .certificateAuthorities(file: "/etc/company/authorities.pem")
///     configuration.tls.clientCertificate = .init(chainFile: "client.pem", privateKeyFile: "client.key")
///
/// The server's certificate must come from a trusted authority, be within its dates, and be for the URL's host; the
/// subject's CN is never looked at (RFC 9525). TLS 1.2 is the least. TLS is OpenSSL's, loaded from the system with the
/// first connection; where it is missing, `EventClientError.secureConnectionFailed` says what to install.
///
/// Files are in PEM. They are read with the first connection, and again by a connection after they have changed.
public struct TLSSettings: Sendable, Hashable {
  /// Whom the client trusts. Default `.system`.
  public var trust: Trust
  /// The public keys of which the server must have one, besides what `trust` asks for; empty, the default, for any.
  /// Each is "sha256//" and the base64 of the SHA-256 of a certificate's SubjectPublicKeyInfo, as curl's
  /// `--pinnedpubkey` takes it. The error for a key that is not among them tells the server's.
  public var pinnedPublicKeys: Set<String>
  /// What the client shows to a server that asks for a certificate. Default nil: nothing.
  public var clientCertificate: ClientCertificate?
  /// Where OpenSSL is looked for.
  package var library = OpenSSLLibrary.system

  /// Settings; see the properties for the defaults.
  public init(
    trust: Trust = .system, pinnedPublicKeys: Set<String> = [], clientCertificate: ClientCertificate? = nil
  ) {
    self.trust = trust
    self.pinnedPublicKeys = pinnedPublicKeys
    self.clientCertificate = clientCertificate
  }

  /// Whom a client trusts.
  public struct Trust: Sendable, Hashable {
    let kind: TLSClientConfiguration.Trust

    /// The authorities that the system trusts, in the place that its OpenSSL knows, or that the environment's
    /// `SSL_CERT_FILE` and `SSL_CERT_DIR` name. Debian has them in the package `ca-certificates`.
    public static let system = Trust(kind: .system)

    /// The certificates in a file and no others: authorities, or a server's own self-signed certificate.
    public static func certificateAuthorities(file: String) -> Trust { Trust(kind: .authorities(file: file)) }

    /// Who has one of `pinnedPublicKeys`, whatever the certificate says: neither authority, host nor dates are looked
    /// at. For a self-signed server whose key is known. An error where no key is pinned.
    public static let pinnedPublicKeys = Trust(kind: .pinnedKeys)

    /// Anyone: whoever is between the client and the server can read and change everything, credentials included.
    /// For experiments. Each connection writes a warning to standard error.
    public static let insecureWithoutVerification = Trust(kind: .anyone)
  }

  /// A certificate that shows a server who the client is.
  public struct ClientCertificate: Sendable, Hashable {
    /// The certificate, and after it those between it and an authority that the server knows.
    public var chainFile: String
    /// Its private key, without a passphrase.
    public var privateKeyFile: String

    /// A certificate in two files, which may be the same.
    public init(chainFile: String, privateKeyFile: String) {
      self.chainFile = chainFile
      self.privateKeyFile = privateKeyFile
    }
  }
}
