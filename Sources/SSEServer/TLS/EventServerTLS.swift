/// How a server secures its connections: `https` instead of `http`, on the same port for all of them.
///
///     configuration.tls = EventServerTLS(chainFile: "/etc/tls/chain.pem", privateKeyFile: "/etc/tls/key.pem")
///
/// TLS 1.2 is the least, HTTP/1.1 the only protocol that is agreed on (ALPN, RFC 7301). TLS is OpenSSL's, loaded from
/// the system when the server runs; where it is missing `EventServerError.tlsUnusable` says what to install.
///
/// The files are read when the server runs, and again by `EventServer.reloadCertificate()`.
public struct EventServerTLS: Sendable, Hashable {
  /// A PEM file: the server's certificate first, then each above it, without the root.
  public var chainFile: String
  /// A PEM file: the private key of the first certificate, without a passphrase.
  public var privateKeyFile: String

  /// A certificate with its chain, and its key.
  public init(chainFile: String, privateKeyFile: String) {
    self.chainFile = chainFile
    self.privateKeyFile = privateKeyFile
  }
}
