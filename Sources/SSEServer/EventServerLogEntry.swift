import SSEHTTP1

/// Something that went wrong in a server, or that its operator should know.
public enum EventServerLogEntry: Sendable, CustomStringConvertible {
  /// A handler threw: its stream was cut, or 500 was answered where no head had left.
  case handlerFailed(route: String, reason: String)
  /// A handler held its event loop: no other connection of that loop was served meanwhile. Without a route it was not
  /// a handler's own task but a child task of one, or something that the loop called, such as an `AsyncStream`'s
  /// termination handler.
  case loopBlocked(route: String?, Duration)
  /// A handler has not returned one second after it was cancelled; `run()` waits for it.
  case handlerStillRunning(route: String)
  /// The process is out of descriptors: no connection is accepted until one is free.
  case acceptPaused(reason: String)
  /// A request that could not be understood.
  case badRequest(from: String, reason: String)
  /// A connection that could not be secured, or was no longer secure.
  case tlsFailed(from: String, reason: String)
  /// On a signal the certificate was read again: new connections get it.
  case certificateReloaded
  /// On a signal the certificate could not be read again; the one before stays in use.
  case certificateNotReloaded(reason: String)
  /// zlib cannot be used: streams are sent as they are, whatever `EventServerConfiguration.compression` says.
  case compressionUnavailable(reason: String)

  /// One line of at most 1 KB, whatever stood in the request or the error: control characters are escaped.
  public var description: String {
    let text =
      switch self {
      case .handlerFailed(let route, let reason): "the handler of \(route) failed: \(reason)"
      case .loopBlocked(let route, let duration):
        "\(route.map { "the handler of \($0)" } ?? "a handler's child task or termination handler") "
          + "blocked its event loop for \(Int((duration / .milliseconds(1)).rounded())) ms; "
          + "do blocking work on a thread or an executor of its own"
      case .handlerStillRunning(let route):
        "the handler of \(route) has not returned 1 s after it was cancelled; the server waits for it"
      case .acceptPaused(let reason): "no connection is accepted until a descriptor is free: \(reason)"
      case .badRequest(let address, let reason): "refused a request from \(address): \(reason)"
      case .tlsFailed(let address, let reason): "no secure connection from \(address): \(reason)"
      case .certificateReloaded: "the certificate was read again; new connections get it"
      case .certificateNotReloaded(let reason): "\(reason); the certificate read before stays in use"
      case .compressionUnavailable(let reason): "no stream is compressed: \(reason)"
      }
    return Self.line(text)
  }

  /// The text as a line of a log: at most 1,000 bytes.
  static func line(_ text: String) -> String {
    var line = ""
    var room = 1_000
    for scalar in text.unicodeScalars {
      let shown = scalar.altersDisplay ? scalar.escaped(asASCII: true) : String(scalar)
      room -= shown.utf8.count
      guard room >= 0 else { break }
      line += shown
    }
    return line
  }
}
