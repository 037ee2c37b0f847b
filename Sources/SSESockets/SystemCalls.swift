// Every call of the C library that this module makes on a descriptor, with EINTR in one place.

import CSSEPosix

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Thin, typed faces of system calls. Each returns the value or the errno.
enum SystemCall {
  enum Outcome {
    case value(Int)
    /// EAGAIN: ask the poller first.
    case wouldBlock
    case failed(Int32)
  }

  static var lastError: Int32 { errno }

  static func message(of code: Int32) -> String { String(cString: strerror(code)) }

  /// A stream socket that does not block; -1 and `lastError` on failure.
  static func openStream(family: Int32) -> Int32 {
    #if canImport(Glibc)
      sse_socket(family, Int32(SOCK_STREAM.rawValue))
    #else
      sse_socket(family, SOCK_STREAM)
    #endif
  }

  static func isInProgress(_ code: Int32) -> Bool { code == EINPROGRESS || code == EINTR }

  enum AcceptOutcome {
    case accepted(Listener.Accepted)
    case nothing
    /// The connection was gone before it was accepted: the next one may be there.
    case gone
    case failed(Int32)
  }

  static func accept(_ descriptor: Int32) -> AcceptOutcome {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let accepted = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { sse_accept(descriptor, $0, &length) }
    }
    if accepted >= 0 {
      return .accepted(Listener.Accepted(descriptor: accepted, remoteAddress: SocketAddress(&storage)))
    }
    switch errno {
    case EAGAIN, EWOULDBLOCK: return .nothing
    case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .failed(errno)
    default: return .gone
    }
  }

  static func receive(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
    outcome(retryingInterrupts { recv(descriptor, buffer.baseAddress, buffer.count, 0) })
  }

  /// Sends the bytes, and after them `more`, in one call.
  static func send(
    _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, _ more: UnsafeRawBufferPointer = .init(start: nil, count: 0)
  ) -> Outcome {
    outcome(
      retryingInterrupts { sse_send(descriptor, bytes.baseAddress, bytes.count, more.baseAddress, more.count) })
  }

  /// Linux frees the descriptor even when `close` is interrupted: it is never called again.
  static func close(_ descriptor: Int32) {
    #if canImport(Darwin)
      _ = Darwin.close(descriptor)
    #elseif canImport(Musl)
      _ = Musl.close(descriptor)
    #else
      _ = Glibc.close(descriptor)
    #endif
  }

  static func setOption(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  static func setNoDelay(_ descriptor: Int32) { setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
  static func setReuseAddress(_ descriptor: Int32) { setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, 1) }
  static func setIPv6Only(_ descriptor: Int32) { setOption(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }

  /// With it `close` sends a reset and drops what is unsent.
  static func setZeroLinger(_ descriptor: Int32) {
    var value = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
  }

  static func shutDownWriting(_ descriptor: Int32) { shutdown(descriptor, Int32(SHUT_WR)) }

  /// The error that the kernel holds for the next call, which no longer finds it; 0 when there is none.
  static func pendingError(_ descriptor: Int32) -> Int32 {
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &value, &length) == 0 ? value : errno
  }

  /// Why a non-blocking `connect` failed; nil when it succeeded.
  static func connectFailure(_ descriptor: Int32) -> SocketError.Kind? {
    let code = pendingError(descriptor)
    return code == 0 ? nil : SocketError.Kind(errno: code)
  }

  static func setUserTimeout(_ descriptor: Int32, _ timeout: Duration) {
    sse_set_user_timeout(descriptor, UInt32(clamping: timeout.clampedNanoseconds / 1_000_000))
  }

  static func isAllAcknowledged(_ descriptor: Int32) -> Bool { sse_is_all_acknowledged(descriptor) }

  static func connect(_ descriptor: Int32, _ address: SocketAddress) -> Outcome {
    outcome(address.withSocketAddress { pointer, length in systemConnect(descriptor, pointer, length) })
  }

  static func bind(_ descriptor: Int32, _ address: SocketAddress) -> Outcome {
    outcome(address.withSocketAddress { pointer, length in systemBind(descriptor, pointer, length) })
  }

  static func listen(_ descriptor: Int32, backlog: Int32) -> Outcome { outcome(systemListen(descriptor, backlog)) }

  static func localAddress(_ descriptor: Int32) -> SocketAddress? {
    SocketAddress(filledBy: { pointer, length in getsockname(descriptor, pointer, length) })
  }

  static func remoteAddress(_ descriptor: Int32) -> SocketAddress? {
    SocketAddress(filledBy: { pointer, length in getpeername(descriptor, pointer, length) })
  }

  private static func outcome(_ result: Int) -> Outcome {
    if result >= 0 { return .value(result) }
    let code = errno
    return code == EAGAIN || code == EWOULDBLOCK ? .wouldBlock : .failed(code)
  }

  private static func outcome(_ result: Int32) -> Outcome { outcome(Int(result)) }

  /// Makes a call again for as long as a signal interrupts it.
  static func retryingInterrupts(_ call: () -> Int) -> Int {
    while true {
      let result = call()
      if result >= 0 || errno != EINTR { return result }
    }
  }
}

// Inside `SystemCall` the names `connect`, `bind` and `listen` are its own.
private func systemConnect(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
  connect(descriptor, address, length)
}
private func systemBind(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
  bind(descriptor, address, length)
}
private func systemListen(_ descriptor: Int32, _ backlog: Int32) -> Int32 { listen(descriptor, backlog) }

extension SocketError.Kind {
  init(errno code: Int32) {
    switch code {
    case ECONNREFUSED: self = .refused
    case ECONNRESET, EPIPE, ECONNABORTED: self = .reset
    case ETIMEDOUT: self = .timedOut
    case ENETUNREACH, EHOSTUNREACH, ENETDOWN: self = .unreachable
    case EADDRINUSE: self = .addressInUse
    case EADDRNOTAVAIL: self = .addressNotAvailable
    case EACCES, EPERM: self = .permissionDenied
    case EMFILE, ENFILE, ENOBUFS, ENOMEM: self = .outOfDescriptors
    case ECANCELED: self = .cancelled
    default: self = .system(code)
    }
  }
}
