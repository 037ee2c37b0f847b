/// What makes a socket's bytes TLS: the session, and ciphertext that the kernel has not taken. It belongs to its
/// socket.
final class TLSLayer {
  /// How much the peer may make this side answer by itself (key updates) while it takes none of that.
  static let unsentAnswersLimit = 65_536

  var session: TLSSession
  fileprivate var ciphertext: [UInt8] = []
  /// How many bytes of `ciphertext` have been sent.
  fileprivate var sentCount = 0
  /// Whether the end of this side's stream is a proper one.
  fileprivate var endsProperly = true
  /// What of the unsent bytes is answers of the protocol, at most.
  fileprivate var unsentAnswers = 0

  fileprivate init(_ session: consuming TLSSession) { self.session = session }

  var unsentCount: Int { ciphertext.count - sentCount }

  /// The socket can send no more.
  func discardCiphertext(to spareBuffers: inout SpareBuffers) {
    session.dropCiphertext()
    if ciphertext.capacity > 0 { spareBuffers.give(&ciphertext) }
    sentCount = 0
  }
}

/// A socket whose bytes go through a TLS session. Whoever sends and receives deals in plaintext, as on any other
/// socket; the handshake is a part of the first `receive`, and what is sent before it is done waits for it. A `receive`
/// of no bytes ends with the handshake.
extension StreamSocket {
  /// How much plaintext of a caller's is encrypted before the kernel has taken what was encrypted before.
  static let encryptedAtOnce = TLSSession.longestRecord

  /// From now on all that is sent and received goes through `session`; before the first byte of either.
  package func secure(with session: consuming TLSSession) {
    let layer = TLSLayer(session)
    tls = layer
    // A client's first message is due.
    answer(layer)
  }

  package var isSecure: Bool { tls != nil }

  /// From now on bytes go as they are again: for an answer to a peer that did not begin with TLS.
  package func speakPlainly() { tls = nil }

  // MARK: - Sending

  /// Encrypts and sends what waits, then `bytes`, as far as the kernel takes it; how many of `bytes` were encrypted,
  /// nil when sending has failed. So no more than a record's ciphertext of a caller's bytes waits here.
  func sendEncrypted(by tls: TLSLayer, and bytes: UnsafeRawBufferPointer) -> Int? {
    encryptOutbound(by: tls)
    var encryptedCount = 0
    repeat {
      let piece = UnsafeRawBufferPointer(rebasing: bytes[encryptedCount...].prefix(Self.encryptedAtOnce))
      if !piece.isEmpty {
        guard tls.session.canSend else { break }
        takeSpareBuffer(tls)
        tls.session.send(piece, into: &tls.ciphertext)
        encryptedCount += piece.count
      }
      sendCiphertext(of: tls)
    } while isReadyToSend && encryptedCount < bytes.count
    return hasFailed ? nil : encryptedCount
  }

  /// Before the handshake is done what is to be sent waits as it is.
  private func encryptOutbound(by tls: TLSLayer) {
    guard !outbound.isEmpty, tls.session.canSend else { return }
    takeSpareBuffer(tls)
    var plaintext = takeOutbound()
    plaintext.withUnsafeBytes { tls.session.send($0, into: &tls.ciphertext) }
    putBack(&plaintext)
    discardOutbound()
  }

  private func takeSpareBuffer(_ tls: TLSLayer) {
    if tls.ciphertext.capacity == 0 { tls.ciphertext = loop.spareBuffers.take() }
  }

  private func sendCiphertext(of tls: TLSLayer) {
    guard tls.unsentCount > 0, isReadyToSend else { return }
    switch tls.ciphertext.withUnsafeBytes({ SystemCall.send(descriptor, .init(rebasing: $0[tls.sentCount...])) }) {
    case .value(let count):
      sentTotal += count
      tls.sentCount += count
      if tls.unsentCount > 0 {
        waitForWritable()
      } else {
        loop.spareBuffers.give(&tls.ciphertext)
        tls.sentCount = 0
        tls.unsentAnswers = 0
      }
      resumeSendWaiters()
    case .wouldBlock: waitForWritable()
    case .failed(let code): failSending(code)
    }
  }

  /// From now on this side's stream ends without a `close_notify`, by which the peer can tell that it was cut (RFC
  /// 8446, 6.1). Without TLS there is no such sign.
  package func cutEncryption() { tls?.endsProperly = false }

  /// Ends this side's stream with a `close_notify`, as far as the kernel takes it without waiting.
  func endEncryption() {
    guard let tls, isReadyToSend else { return }
    flush()
    guard tls.endsProperly else { return }
    tls.session.close()
    answer(tls)
  }

  // MARK: - Receiving

  /// What came of ciphertext, none of it at end of file: bytes, the end of the peer's stream, an error; nil where more
  /// has to come.
  func received(_ ciphertext: UnsafeRawBufferPointer, by tls: TLSLayer) -> ReceiveResult? {
    if ciphertext.isEmpty { tls.session.receivedEndOfFile() } else { tls.session.received(ciphertext) }
    answer(tls)
    return tls.session.hasPlaintext ? .success(tls.session.takePlaintext()) : ending(of: tls)
  }

  /// How the peer's stream has ended; nil while it goes on.
  func ending(of tls: TLSLayer) -> ReceiveResult? {
    switch tls.session.phase {
    case .handshaking, .open: return nil
    case .endedByPeer:
      hasReachedEndOfFile = true
      return .success([])
    case .failed(let error): return .failure(SocketError(.tls(error), "talk securely to", endpoint))
    }
  }

  /// Sends what the protocol itself answers, and what waited for the end of the handshake.
  private func answer(_ tls: TLSLayer) {
    if hasFailed { return tls.session.dropCiphertext() }
    let before = tls.unsentCount
    takeSpareBuffer(tls)
    tls.session.takeCiphertext(into: &tls.ciphertext)
    tls.unsentAnswers += tls.unsentCount - before
    if isReadyToSend {
      _ = sendEncrypted(by: tls, and: .init(start: nil, count: 0))
      if tls.unsentCount == 0, tls.ciphertext.capacity > 0 { loop.spareBuffers.give(&tls.ciphertext) }
    } else if tls.unsentAnswers > TLSLayer.unsentAnswersLimit {
      tls.session.refuse(.protocolViolation("the peer asks for new keys and does not read the answers"))
    }
    if case .failed(let error) = tls.session.phase, !error.isForeignProtocol {
      fail(SocketError(.tls(error), "talk securely to", endpoint))
    }
  }
}

extension TLSError {
  /// The peer never spoke TLS: it may still be answered in the clear.
  fileprivate var isForeignProtocol: Bool {
    if case .notTLS = self { true } else { false }
  }
}
