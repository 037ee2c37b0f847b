/// Why a scripted server made its test fail.
public enum ScriptedServerError: Error, Hashable, CustomStringConvertible {
  /// A request came after the script's end.
  case unexpectedRequest(RecordedRequest, scripted: Int)
  /// What a client sent is no HTTP/1.1 request, or larger than a limit.
  case unreadableRequest(connection: Int, reason: String)
  /// A script that makes no sense.
  case invalidScript(connection: Int, reason: String)
  /// There were more connections than a scripted server counts.
  case tooManyConnections(limit: Int)
  /// The server could not listen on 127.0.0.1.
  case cannotListen(reason: String)

  /// What happened, and what to change.
  public var description: String {
    switch self {
    case .unexpectedRequest(let request, let scripted):
      "\(request) came on connection \(request.connection), but the script has only \(scripted); end the client "
        + "before, answer with 204 last, or say what comes afterwards: `afterwards: .repeatLast` or `.refuse`"
    case .unreadableRequest(let connection, let reason): "the request on connection \(connection): \(reason)"
    case .invalidScript(let connection, let reason): "the script of connection \(connection): \(reason)"
    case .tooManyConnections(let limit): "more than \(limit) connections; the client connects without end"
    case .cannotListen(let reason): "the scripted server \(reason)"
    }
  }
}
