import CSSEPosix
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Threads that call `getaddrinfo`, which blocks and cannot be cancelled: at most four, started on demand, ended after
/// ten seconds without work. Beyond `mostWaiting` look-ups a caller is refused instead of queued.
final class ResolverThreads: Sendable {
  static let shared = ResolverThreads()

  static let mostThreads = 4
  static let mostWaiting = 1_024

  typealias Answer = Result<[SocketAddress], SocketError>

  /// A look-up and who waits for it. Whoever takes the continuation out, worker or cancellation, resumes it.
  private final class LookUp: Sendable {
    let host: String
    let port: Int
    private let continuation: Mutex<UnsafeContinuation<Answer, Never>?>

    init(_ host: String, _ port: Int, _ continuation: UnsafeContinuation<Answer, Never>) {
      self.host = host
      self.port = port
      self.continuation = Mutex(continuation)
    }

    var isWanted: Bool { continuation.withLock { $0 != nil } }

    func finish(_ answer: Answer) {
      continuation.withLock { $0.take() }?.resume(returning: answer)
    }
  }

  private struct State {
    var waiting: [LookUp] = []
    var threads = 0
    /// Threads that wait for work, or have been signalled and have not yet taken it.
    var idle = 0
  }

  private let condition = Condition<State>(State())
  private let idleSeconds: Double
  private let lookUp: @Sendable (_ host: String, _ port: Int) -> Answer

  init(
    idleSeconds: Double = 10,
    lookUp: @escaping @Sendable (_ host: String, _ port: Int) -> Answer = ResolverThreads.systemLookUp
  ) {
    self.idleSeconds = idleSeconds
    self.lookUp = lookUp
  }

  /// How many threads there are now, and how many look-ups wait for one.
  var threadCount: Int { condition.withLock { $0.threads } }
  var waitingCount: Int { condition.withLock { $0.waiting.count } }

  /// The addresses of a name. Cancelling the task abandons the look-up, which may go on without it.
  func addresses(of host: String, port: Int) async throws(SocketError) -> [SocketAddress] {
    guard UInt16(exactly: port) != nil else { throw SocketError(.badAddress, "use", "\(host):\(port)") }
    let current = Mutex<LookUp?>(nil)
    let answer: Answer = await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        let lookUp = LookUp(host, port, continuation)
        current.withLock { $0 = lookUp }
        // The handler has run before there was a look-up to finish, or will find it.
        if Task.isCancelled {
          lookUp.finish(.failure(SocketError(.cancelled, "find", host)))
        } else {
          begin(lookUp)
        }
      }
    } onCancel: {
      current.withLock { $0 }?.finish(.failure(SocketError(.cancelled, "find", host)))
    }
    return try answer.get()
  }

  private func begin(_ lookUp: LookUp) {
    enum Step { case wait, start, refuse }
    let step: Step = condition.withLock { state in
      if state.waiting.count >= Self.mostWaiting { state.waiting.removeAll { !$0.isWanted } }
      guard state.waiting.count < Self.mostWaiting else { return .refuse }
      state.waiting.append(lookUp)
      if state.idle >= state.waiting.count || state.threads == Self.mostThreads { return .wait }
      state.threads += 1
      return .start
    }
    switch step {
    case .wait: condition.signal()
    case .refuse: lookUp.finish(.failure(SocketError(.outOfDescriptors, "find", lookUp.host)))
    case .start:
      guard LoopThread(isDetached: true, { [self] in work() }) == nil else { return }
      condition.withLock { $0.threads -= 1 }
      lookUp.finish(.failure(SocketError(.system(EAGAIN), "find", lookUp.host)))
    }
  }

  // MARK: - On a resolver thread

  private func work() {
    sse_name_thread("sse-resolver")
    while let next = nextLookUp() { next.finish(lookUp(next.host, next.port)) }
  }

  /// Waits for work; nil when there was none for long enough, and the thread ends. Each change of `idle` and `threads`
  /// is made in the hold of the lock that decides it, so `begin` never counts on a thread that is busy or ends.
  private func nextLookUp() -> LookUp? {
    condition.withLock { $0.idle += 1 }
    return condition.wait(seconds: idleSeconds) { state -> LookUp?? in
      // At most `mostWaiting`: moving them up is nothing beside a look-up.
      while !state.waiting.isEmpty {
        let first = state.waiting.removeFirst()
        guard first.isWanted else { continue }
        state.idle -= 1
        return first
      }
      return nil
    } orElse: { state in
      state.idle -= 1
      state.threads -= 1
      return nil
    }
  }

  /// Asks the system, in the order it recommends (RFC 6724).
  private static let systemLookUp: @Sendable (String, Int) -> Answer = { host, port in
    // The C library would take what stands before a NUL for the name.
    guard !host.utf8.contains(0) else { return .failure(SocketError(.unknownHost, "find", host)) }
    var hints = addrinfo()
    #if canImport(Glibc)
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #else
      hints.ai_socktype = SOCK_STREAM
    #endif
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, nil, &hints, &list)
    switch code {
    case 0: break
    case EAI_SYSTEM: return .failure(SocketError(errno: errno, "find", host))
    case EAI_MEMORY: return .failure(SocketError(.outOfDescriptors, "find", host))
    default: return .failure(SocketError(.unknownHost, "find", host))
    }
    defer { freeaddrinfo(list) }
    var found: [SocketAddress] = []
    for entry in sequence(first: list, next: { $0?.pointee.ai_next }) {
      guard let address = entry?.pointee.ai_addr, let length = entry?.pointee.ai_addrlen else { continue }
      var storage = sockaddr_storage()
      withUnsafeMutableBytes(of: &storage) {
        $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(length)))
      }
      if let address = SocketAddress(&storage)?.with(port: port), !found.contains(address) { found.append(address) }
    }
    return found.isEmpty ? .failure(SocketError(.unknownHost, "find", host)) : .success(found)
  }
}

extension SocketAddress {
  /// The same address with another port.
  package func with(port: Int) -> SocketAddress? {
    guard let number = UInt16(exactly: port) else { return nil }
    switch self {
    case .ipv4(let address, _): return .ipv4(address, port: number)
    case .ipv6(let high, let low, _, let scope): return .ipv6(high: high, low: low, port: number, scope: scope)
    case .unix: return self
    }
  }
}
