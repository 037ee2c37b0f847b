/// Why a socket, a name or an address could not be used; `endpoint` says which.
package struct SocketError: Error, Hashable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    /// The task that waited was cancelled; the socket has been closed.
    case cancelled
    /// This side closed the socket while the operation waited.
    case closed
    case refused
    case reset
    case timedOut
    case unreachable
    case unknownHost
    case badAddress
    case addressInUse
    case addressNotAvailable
    case permissionDenied
    case outOfDescriptors
    /// The connection could not be secured, or was no longer.
    case tls(TLSError)
    /// Any other failure of a system call: its errno.
    case system(Int32)
  }

  package var kind: Kind { facts.kind }
  /// What was tried, as a verb: "connect to", "listen on", …
  package var operation: String { facts.operation }
  package var endpoint: String { facts.endpoint }

  /// One reference: results that may hold an error stand in the frames of many waiting tasks.
  private let facts: Facts

  private final class Facts: Sendable {
    let kind: Kind
    let operation: String
    let endpoint: String

    init(_ kind: Kind, _ operation: String, _ endpoint: String) {
      self.kind = kind
      self.operation = operation
      self.endpoint = endpoint
    }
  }

  package init(_ kind: Kind, _ operation: String, _ endpoint: String) {
    facts = Facts(kind, operation, endpoint)
  }

  package init(errno code: Int32, _ operation: String, _ endpoint: String) {
    self.init(Kind(errno: code), operation, endpoint)
  }

  package static func == (a: SocketError, b: SocketError) -> Bool {
    a.kind == b.kind && a.operation == b.operation && a.endpoint == b.endpoint
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(kind)
    hasher.combine(operation)
    hasher.combine(endpoint)
  }

  package var description: String { "cannot \(operation) \(endpoint): \(kind.explanation)" }
}

extension SocketError.Kind {
  /// One sentence: what happened and, where there is something to do, what.
  package var explanation: String {
    switch self {
    case .cancelled: "the task was cancelled"
    case .closed: "the socket was closed"
    case .refused: "connection refused; is the server running there?"
    case .reset: "connection reset by peer"
    case .timedOut: "timed out"
    case .unreachable: "network unreachable"
    case .unknownHost: "unknown host; check its spelling and the machine's name resolution"
    case .badAddress:
      "not an IP address of the form 127.0.0.1 or ::1 with a port from 0 to 65535, nor the path of a Unix domain socket"
        + " of 1 to \(SocketAddress.longestUnixPath) bytes"
    case .addressInUse: "the address is in use; stop the other program or choose another port"
    case .addressNotAvailable: "this machine has no such address"
    case .permissionDenied: "permission denied; ports below 1024 need privileges"
    case .outOfDescriptors: "out of file descriptors; raise the limit with `ulimit -n`"
    case .tls(let error): error.explanation
    case .system(let code): SystemCall.message(of: code)
    }
  }
}
