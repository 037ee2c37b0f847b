/// One TLS connection without I/O: bytes of the peer go in, what is to be sent to it and what it said come out.
///
///     session.received(bytes)                   // or receivedEndOfFile()
///     session.takeCiphertext(into: &outbound)   // after each call: it may answer
///     session.takePlaintext()
///     session.phase                             // whether the handshake is done, the stream has ended, or failed
///
/// It holds no more than one record that has not come as a whole, and what the caller has not taken. It belongs to one
/// thread at a time.
package struct TLSSession: ~Copyable {
  package enum Phase: Hashable, Sendable {
    case handshaking
    case open
    /// The peer has ended its stream with a `close_notify`; it may still be sent to.
    case endedByPeer
    case failed(TLSError)
  }

  /// How much OpenSSL is given at a time, of what the peer sent and of what goes to it: its memory BIOs keep room for
  /// so much for as long as the session lives. So what is sent goes in records of this size, too.
  static let piece = 4_096
  /// A record of the peer holds no more plaintext than this (RFC 8446, 5.1).
  static let longestRecord = 16_384

  private enum Role { case client, server }

  package private(set) var phase = Phase.handshaking
  private let role: Role
  private let context: TLSContext
  let handle: OpenSSL.Session
  /// Both belong to `handle`.
  private let input: OpenSSL.BIO
  private let output: OpenSSL.BIO
  /// For errors.
  private let host: String
  private var plaintext: [UInt8] = []
  private var hasReceived = false

  private var openSSL: OpenSSL { context.openSSL }

  /// The client's end of a connection to a host, a name or an address in digits. Its first message waits to be taken.
  package init(client context: TLSContext, host: String) throws(TLSError) {
    // A name may be written with the root's dot; certificates and the server name are without (RFC 6066, 3).
    let name = host.hasSuffix(".") ? String(host.dropLast()) : host
    let parts = try Self.make(context) { openSSL, handle throws(TLSError) in
      openSSL.sessionConnects(handle)
      try Self.expect(name, of: handle, context)
    }
    self.init(.client, context, parts, host: name)
    advance()
  }

  /// The server's end of a connection.
  package init(server context: TLSContext) throws(TLSError) {
    let parts = try Self.make(context) { openSSL, handle throws(TLSError) in openSSL.sessionAccepts(handle) }
    self.init(.server, context, parts, host: "the client")
  }

  private typealias Parts = (handle: OpenSSL.Session, input: OpenSSL.BIO, output: OpenSSL.BIO)

  private init(_ role: Role, _ context: TLSContext, _ parts: Parts, host: String) {
    self.role = role
    self.context = context
    self.host = host
    (handle, input, output) = parts
  }

  deinit { context.openSSL.sessionFree(handle) }

  private static func make(
    _ context: TLSContext, _ configure: (OpenSSL, OpenSSL.Session) throws(TLSError) -> Void
  ) throws(TLSError) -> Parts {
    let openSSL = context.openSSL
    openSSL.clearErrors()
    let input = openSSL.bioNew(openSSL.bioMemory())
    let output = openSSL.bioNew(openSSL.bioMemory())
    guard let handle = openSSL.sessionNew(context.pointer), let input, let output else {
      _ = openSSL.bioFree(input)
      _ = openSSL.bioFree(output)
      throw .protocolViolation(openSSL.takeErrorText())
    }
    openSSL.sessionSetBIO(handle, input, output)
    do throws(TLSError) {
      try configure(openSSL, handle)
    } catch {
      openSSL.sessionFree(handle)
      throw error
    }
    return (handle, input, output)
  }

  /// Has the certificate checked for a host. The server is told names only, no addresses (RFC 6066, 3); the subject's
  /// CN is never looked at, and a wildcard stands for one whole label (RFC 9525, 6.3).
  private static func expect(
    _ host: String, of handle: OpenSSL.Session, _ context: TLSContext
  ) throws(TLSError) {
    let openSSL = context.openSSL
    if (try? SocketAddress(numericHost: host, port: 0)) != nil {  // Else it is a name.
      guard context.verifiesPeer else { return }
      guard openSSL.parametersSetAddress(openSSL.sessionParameters(handle), host) == 1 else {
        throw .invalidSetting("'\(host)' cannot be looked for in a certificate")
      }
      return
    }
    let isNamed = host.withCString { name in
      let name = UnsafeMutableRawPointer(mutating: name)  // It is copied.
      return openSSL.sessionControl(
        handle, OpenSSLConstant.Control.serverName, OpenSSLConstant.hostName, name) == 1
    }
    guard isNamed else { throw .invalidSetting("'\(host)' is too long for a host name") }
    guard context.verifiesPeer else { return }
    openSSL.sessionSetHostFlags(
      handle, OpenSSLConstant.HostFlag.noPartialWildcards | OpenSSLConstant.HostFlag.neverCheckSubject)
    guard openSSL.sessionSetHost(handle, host) == 1 else {
      throw .invalidSetting("'\(host)' cannot be looked for in a certificate")
    }
  }

  // MARK: - Facts

  /// Bytes have come from the peer.
  package mutating func received(_ bytes: UnsafeRawBufferPointer) {
    if !hasReceived, let first = bytes.first {
      hasReceived = true
      // The first record is of the handshake, or an alert that refuses it (RFC 8446, 5.1).
      guard first == 22 || first == 21 else {
        return fail(.notTLS(isHTTP: looksLikeHTTP(bytes)))
      }
    }
    var rest = bytes[...]
    while !rest.isEmpty, isReading {
      let piece = rest.prefix(Self.piece)
      rest = rest.dropFirst(piece.count)
      let buffer = UnsafeRawBufferPointer(rebasing: piece)
      guard openSSL.bioWrite(input, buffer.baseAddress, Int32(buffer.count)) == Int32(buffer.count) else {
        return fail(.protocolViolation("out of memory"))
      }
      advance()
    }
  }

  package mutating func received(_ bytes: [UInt8]) { bytes.withUnsafeBytes { received($0) } }

  /// The peer's side of the connection was closed.
  package mutating func receivedEndOfFile() {
    switch phase {
    case .handshaking: fail(.closedInHandshake)
    case .open: fail(.truncated)
    case .endedByPeer, .failed: break
    }
  }

  /// Encrypts what is to be sent, record by record, to the end of `ciphertext`. Before the handshake is done, and after
  /// a failure, it does nothing.
  package mutating func send(_ bytes: UnsafeRawBufferPointer, into ciphertext: inout [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty, canSend {
      let record = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.piece))
      openSSL.clearErrors()
      let count = openSSL.write(handle, record.baseAddress, Int32(record.count))
      guard count > 0 else { return fail(failure()) }
      rest = rest.dropFirst(Int(count))
      takeCiphertext(into: &ciphertext)
    }
  }

  /// Nothing more will be sent: a `close_notify` waits to be taken, where the handshake is done.
  package mutating func close() {
    guard canSend else { return }
    openSSL.clearErrors()
    _ = openSSL.shutDown(handle)  // 0: the peer's own has not come yet, and is not waited for.
  }

  // MARK: - What came of them

  /// What the peer said since the last time.
  package mutating func takePlaintext() -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &plaintext)
    return taken
  }

  package var hasPlaintext: Bool { !plaintext.isEmpty }

  /// Appends what is to be sent to the peer; an answer of the protocol may be due also after a mere `received`.
  package func takeCiphertext(into outbound: inout [UInt8]) {
    var start: UnsafeRawPointer?
    let count = withUnsafeMutablePointer(to: &start) { pointer in
      openSSL.bioControl(output, OpenSSLConstant.BIOControl.info, 0, pointer)
    }
    guard count > 0 else { return }
    outbound.append(contentsOf: UnsafeRawBufferPointer(start: start, count: count))
    dropCiphertext()
  }

  /// For one who can send no more: what waits does not pile up.
  package func dropCiphertext() { _ = openSSL.bioControl(output, OpenSSLConstant.BIOControl.reset, 0, nil) }

  // MARK: - Steps

  private var isReading: Bool { phase == .handshaking || phase == .open }
  /// Whether the handshake is done, and nothing has failed since.
  package var canSend: Bool { phase == .open || phase == .endedByPeer }

  /// Ends the session for a reason of this side's.
  mutating func refuse(_ error: TLSError) { fail(error) }

  /// A client hears a status line, a server a request line: "GET / HTTP/1.1".
  private func looksLikeHTTP(_ bytes: UnsafeRawBufferPointer) -> Bool {
    switch role {
    case .client: bytes.starts(with: Array("HTTP/".utf8))
    case .server: bytes.first.map { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 } ?? false
    }
  }

  private mutating func fail(_ error: TLSError) { phase = .failed(error) }

  private mutating func advance() {
    if case .handshaking = phase { shakeHands() }
    if case .open = phase { decrypt() }
  }

  private mutating func shakeHands() {
    openSSL.clearErrors()
    let result = openSSL.handshake(handle)
    if result != 1 { return stopped(result) }
    phase = .open
    guard !context.pinnedKeys.isEmpty else { return }
    let key = openSSL.peerKeyDigest(of: handle) ?? []
    if !context.pinnedKeys.contains(key) { fail(.unexpectedPublicKey(sha256: base64(key), host: host)) }
  }

  private mutating func decrypt() {
    withUnsafeTemporaryAllocation(byteCount: Self.longestRecord, alignment: 16) { buffer in
      while true {
        openSSL.clearErrors()
        let count = openSSL.read(handle, buffer.baseAddress, Int32(buffer.count))
        guard count > 0 else { return stopped(count) }
        plaintext.append(contentsOf: buffer[..<Int(count)])
      }
    }
  }

  /// OpenSSL did not go on; perhaps it has only used up its input.
  private mutating func stopped(_ result: Int32) {
    switch openSSL.sessionError(handle, result) {
    case OpenSSLConstant.SessionError.wantsRead, OpenSSLConstant.SessionError.wantsWrite: break
    case OpenSSLConstant.SessionError.zeroReturn: phase = .endedByPeer
    default: fail(failure())
    }
  }

  private func failure() -> TLSError {
    let error = openSSL.takeError()
    if let alert = error?.alert { return .refusedByPeer(alert) }
    if context.verifiesPeer, case .handshaking = phase, let problem = openSSL.certificateProblem(of: handle) {
      return .untrustedCertificate(problem, host: host)
    }
    return .protocolViolation(error?.text ?? "unknown error")
  }
}
