extension OpenSSL {
  /// An entry of the calling thread's error queue.
  struct QueuedError {
    let text: String
    /// Where the peer's alert caused it.
    let alert: TLSAlert?
  }

  /// Empties the calling thread's error queue: the alert of a peer, else the first entry, which is the cause of those
  /// after it. Nil where there is none.
  func takeError() -> QueuedError? {
    var first: QueuedError?
    while true {
      let code = nextError()
      guard code != 0 else { return first }
      let error = QueuedError(text: text(of: code), alert: alert(of: code))
      if error.alert != nil {
        clearErrors()
        return error
      }
      first = first ?? error
    }
  }

  func takeErrorText() -> String { takeError()?.text ?? "unknown error" }

  private func text(of code: UInt) -> String {
    // In 3 an entry may hold an errno (ERR_SYSTEM_FLAG), for which OpenSSL has no text.
    if isVersion3, code & 0x8000_0000 != 0 { return SystemCall.message(of: Int32(code & 0x7fff_ffff)) }
    return errorText(code).map { String(cString: $0) } ?? "error \(String(code, radix: 16))"
  }

  /// ERR_GET_LIB and ERR_GET_REASON, which the two versions pack differently.
  private func alert(of code: UInt) -> TLSAlert? {
    let library = isVersion3 ? code >> 23 & 0xff : code >> 24 & 0xff
    let reason = isVersion3 ? code & 0x7f_ffff : code & 0xfff
    guard library == OpenSSLConstant.sslLibrary, reason > OpenSSLConstant.alertOffset else { return nil }
    return UInt8(exactly: reason - OpenSSLConstant.alertOffset).map(TLSAlert.init)
  }

  /// What is wrong with the peer's certificate, as the last check of it said; nil where nothing is.
  func certificateProblem(of session: Session) -> TLSError.CertificateProblem? {
    typealias Constant = OpenSSLConstant.VerifyError
    let code = verifyResult(session)
    switch code {
    case Constant.ok: return nil
    case Constant.hostMismatch, Constant.addressMismatch: return .wrongHost
    case Constant.expired: return .expired
    case Constant.notYetValid: return .notYetValid
    case Constant.selfSigned: return .selfSigned
    case Constant.noIssuer, Constant.noLocalIssuer, Constant.leafUnverifiable, Constant.selfSignedInChain:
      return .unknownAuthority
    default: return .other(verifyErrorText(code).map { String(cString: $0) } ?? "error \(code)")
    }
  }
}
