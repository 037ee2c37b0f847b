/// What many TLS connections share: the role, whom to trust, this side's own certificate. Made once, kept and shared,
/// since it reads files.
package final class TLSContext: @unchecked Sendable {
  // Proof of Sendable: both members are constants. The SSL_CTX is changed by the initialisers alone, before anyone else
  // has the reference; afterwards it is only given to `SSL_new`, which any threads may call with one SSL_CTX at once,
  // as its counts and its store of certificates are locked inside OpenSSL (openssl-threads(7)).
  let openSSL: OpenSSL
  let pointer: OpenSSL.Context
  /// SHA-256 of the public keys of which the peer must have one; empty where any will do.
  let pinnedKeys: Set<[UInt8]>
  /// Whether the peer's certificate is checked, and its names with it.
  let verifiesPeer: Bool

  /// For the client's end of connections. Reads the files that it names.
  package convenience init(_ configuration: TLSClientConfiguration) throws(TLSError) {
    let openSSL = try configuration.library.load()
    let pointer = try Self.make(openSSL, method: openSSL.clientMethod())
    self.init(openSSL, pointer, pinnedKeys: configuration.pinnedKeys, verifiesPeer: configuration.trust.verifies)
    // From here on the pointer is freed with the object.
    try trust(configuration.trust, pinsKeys: !configuration.pinnedKeys.isEmpty)
    if let own = configuration.certificate { try use(own) }
    let names: [UInt8] = Self.http11
    guard openSSL.contextOfferProtocols(pointer, names, UInt32(names.count)) == 0 else { throw failure("ALPN") }
  }

  /// For the server's end of connections. Reads the files that it names.
  package convenience init(_ configuration: TLSServerConfiguration) throws(TLSError) {
    let openSSL = try configuration.library.load()
    let pointer = try Self.make(openSSL, method: openSSL.serverMethod())
    self.init(openSSL, pointer, pinnedKeys: [], verifiesPeer: configuration.clientAuthorities != nil)
    try use(configuration.certificate)
    if let file = configuration.clientAuthorities {
      try loadAuthorities(file)
      openSSL.contextSetVerify(pointer, OpenSSLConstant.Verify.peer | OpenSSLConstant.Verify.failWithoutPeer, nil)
    }
    openSSL.contextChooseProtocol(pointer, chooseHTTP1, nil)
  }

  private init(_ openSSL: OpenSSL, _ pointer: OpenSSL.Context, pinnedKeys: Set<[UInt8]>, verifiesPeer: Bool) {
    self.openSSL = openSSL
    self.pointer = pointer
    self.pinnedKeys = pinnedKeys
    self.verifiesPeer = verifiesPeer
  }

  deinit { openSSL.contextFree(pointer) }

  /// As ALPN writes it: its length and its name (RFC 7301, 3.1).
  static let http11: [UInt8] = [8] + Array("http/1.1".utf8)
  static let http10: [UInt8] = [8] + Array("http/1.0".utf8)

  private static func make(_ openSSL: OpenSSL, method: OpaquePointer?) throws(TLSError) -> OpenSSL.Context {
    openSSL.clearErrors()
    guard let context = openSSL.contextNew(method) else {
      throw .invalidSetting("OpenSSL cannot be used: \(openSSL.takeErrorText())")
    }
    typealias Constant = OpenSSLConstant
    _ = openSSL.contextControl(context, Constant.Control.leastVersion, Constant.tls12, nil)
    let modes = Constant.Mode.partialWrite | Constant.Mode.movingWriteBuffer | Constant.Mode.releaseBuffers
    _ = openSSL.contextControl(context, Constant.Control.mode, modes, nil)
    _ = openSSL.contextControl(context, Constant.Control.sessionCacheMode, 0, nil)
    _ = openSSL.contextSetOptions(context, Constant.Option.noCompression | Constant.Option.noRenegotiation)
    // Else an encrypted key would be asked for on the terminal.
    openSSL.contextSetPasswordCallback(context) { _, _, _, _ in -1 }
    return context
  }

  // MARK: - Settings

  private func trust(_ trust: TLSClientConfiguration.Trust, pinsKeys: Bool) throws(TLSError) {
    switch trust {
    case .system:
      guard openSSL.contextUseSystemAuthorities(pointer) == 1 else { throw failure("the system's authorities") }
    case .authorities(let file): try loadAuthorities(file)
    case .pinnedKeys:
      guard pinsKeys else { throw .invalidSetting("only pinned keys are to be trusted, but none is pinned") }
    case .anyone: break
    }
    let mode = trust.verifies ? OpenSSLConstant.Verify.peer : OpenSSLConstant.Verify.none
    openSSL.contextSetVerify(pointer, mode, nil)
  }

  private func loadAuthorities(_ file: String) throws(TLSError) {
    openSSL.clearErrors()
    guard openSSL.contextLoadAuthorities(pointer, file, nil) == 1 else {
      throw failure("the certificate authorities in '\(file)'")
    }
    // What the file lists is trusted as it is, also where it is no root.
    _ = openSSL.parametersSetFlags(openSSL.contextParameters(pointer), OpenSSLConstant.partialChain)
  }

  private func use(_ certificate: TLSCertificateFiles) throws(TLSError) {
    openSSL.clearErrors()
    guard openSSL.contextUseCertificateChain(pointer, certificate.chain) == 1 else {
      throw failure("the certificate in '\(certificate.chain)'")
    }
    guard openSSL.contextUsePrivateKey(pointer, certificate.key, OpenSSLConstant.pem) == 1 else {
      throw failure("the private key in '\(certificate.key)' (PEM, without a passphrase) for '\(certificate.chain)'")
    }
  }

  private func failure(_ what: String) -> TLSError {
    .invalidSetting("cannot use \(what): \(openSSL.takeErrorText())")
  }
}

/// A server's choice among the protocols that a client offers: HTTP/1.1, else HTTP/1.0, which is served as well, or an
/// alert where neither is among them (RFC 7301, 3.2). What is chosen points into the client's list.
private let chooseHTTP1: OpenSSL.ChooseProtocol = { _, chosen, length, offered, count, _ in
  for wanted in [TLSContext.http11, TLSContext.http10] {
    var rest = UnsafeBufferPointer(start: offered, count: Int(count))[...]
    while let size = rest.first, rest.count > Int(size) {
      let entry = rest.prefix(Int(size) + 1)
      if entry.elementsEqual(wanted) {
        chosen?.pointee = offered.map { $0 + entry.startIndex + 1 }
        length?.pointee = size
        return OpenSSLConstant.Extension.ok
      }
      rest = rest.dropFirst(entry.count)
    }
  }
  return OpenSSLConstant.Extension.fatalAlert
}
