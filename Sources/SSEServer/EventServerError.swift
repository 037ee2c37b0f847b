import SSESockets

/// Why a server cannot run.
public enum EventServerError: Error, Hashable, CustomStringConvertible {
  /// Another program listens there.
  case addressInUse(address: String)
  /// The system forbids it, as for ports below 1024.
  case permissionDenied(address: String)
  /// Not an address of this machine in digits, or a port outside 0...65535.
  case badAddress(address: String)
  /// An entry of `TrustedProxies` that is neither an IP address in digits nor a block of them.
  case badProxyAddress(String)
  /// `EventServerConfiguration.farewell` cannot be sent: its type holds a line end or NUL, or it has an ID, which is
  /// the topic's to give.
  case badFarewell(reason: String)
  /// The server runs, or has run: make another one.
  case alreadyRun
  /// Another server of this process hears signals already.
  case signalsInUse
  /// The files of `EventServerConfiguration.tls` cannot be used, or OpenSSL is missing.
  case tlsUnusable(reason: String)
  /// The system gives no event loop: it is out of descriptors or threads.
  case noEventLoop(reason: String)
  /// Anything else, in the system's words.
  case system(address: String, reason: String)

  /// What happened and what to do about it.
  public var description: String {
    switch self {
    case .addressInUse(let address): "\(address) is in use; stop the other program or choose another port"
    case .permissionDenied(let address): "not allowed to listen on \(address); ports below 1024 need privileges"
    case .badAddress(let address):
      "\(address) is not an address of this machine in digits (such as 127.0.0.1 or ::1) with a port from 0 to 65535"
    case .badProxyAddress(let address):
      "'\(address)' is neither an IP address in digits nor a block of them, such as 10.0.0.0/8"
    case .badFarewell(let reason): "the farewell event cannot be sent: \(reason)"
    case .alreadyRun: "an EventServer runs once; make another one"
    case .signalsInUse: "another server of this process hears signals; drain this one from there"
    case .tlsUnusable(let reason): "cannot secure connections: \(reason)"
    case .noEventLoop(let reason): "cannot start an event loop: \(reason)"
    case .system(let address, let reason): "cannot listen on \(address): \(reason)"
    }
  }

  init(_ error: SocketError) {
    switch error.kind {
    case .addressInUse: self = .addressInUse(address: error.endpoint)
    case .permissionDenied: self = .permissionDenied(address: error.endpoint)
    case .badAddress, .addressNotAvailable: self = .badAddress(address: error.endpoint)
    default: self = .system(address: error.endpoint, reason: error.kind.explanation)
    }
  }

  static func mapping<R>(_ body: () throws(SocketError) -> R) throws(EventServerError) -> R {
    do throws(SocketError) { return try body() } catch { throw EventServerError(error) }
  }
}
