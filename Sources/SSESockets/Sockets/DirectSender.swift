/// What a send to a socket takes, by value. A broadcast walks a table of these, thousands in a row, and touches the
/// sockets themselves only where the kernel did not take everything: to fetch each of them would cost more than the
/// rest of the work on this side of the system call.
///
/// Its socket must be open, with nothing waiting in it; whoever keeps one lets it go before the socket is closed.
package struct DirectSender {
  package enum Outcome {
    case all
    /// The kernel took so much, or none.
    case some(Int)
    case failed(errno: Int32)
  }

  fileprivate let descriptor: Int32

  /// Unless all was sent, the socket has to be told; see `StreamSocket.finish(_:)`.
  package func send(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    switch SystemCall.send(descriptor, bytes) {
    case .value(bytes.count): .all
    case .value(let count): .some(count)
    case .wouldBlock: .some(0)
    case .failed(let code): .failed(errno: code)
    }
  }
}

extension StreamSocket {
  /// For sends past this socket's buffer; nil while bytes wait in it, when it is closed, and where what is sent has to
  /// be encrypted first.
  package var directSender: DirectSender? {
    isOpen && isReadyToSend && unsentCount == 0 && tls == nil ? DirectSender(descriptor: descriptor) : nil
  }

  /// Takes note of a send that did not go through: waits for the kernel, and tells the delegate when it takes more, or
  /// that the peer has left. The bytes that a `DirectSender` sent are not part of `sentTotal`.
  package func finish(_ outcome: DirectSender.Outcome) {
    switch outcome {
    case .all: break
    case .some: waitForWritable()
    case .failed(let code): failSending(code)
    }
  }
}
