import Foundation
import SSEServer

/// `sse-clock`: serves until Ctrl-C.
func serve(_ options: ServeOptions) async throws {
  let react = try ReactLibrary.find(options)
  var configuration = EventServerConfiguration()
  configuration.accessLog = { record in
    if let line = logLine(record) { Terminal.print(line) }
  }
  let router = clockRouter(options, react: react)
  let server = EventServer(router, host: options.host, port: options.port, configuration: configuration)
  try await server.run(drainingOn: [.terminate, .interrupt]) { address in
    Terminal.print(welcome(address))
  }
}

/// Where to look, as soon as the server listens.
func welcome(_ address: EventServer.Address) -> String {
  // These two mean every address of the machine, and are none that a browser could open.
  let host =
    switch address.host {
    case "0.0.0.0": "127.0.0.1"
    case "::": "[::1]"
    case let host: host.contains(":") ? "[\(host)]" : host
    }
  let url = "http://\(host):\(address.port)"
  return """
    \(Terminal.bold("The clock runs. Open or run one of these:"))

      Plain JavaScript   \(url)/
      React              \(url)/react
      curl               curl -N \(url)/events/stream
      Swift              swift run sse-clock follow \(url)/events/stream

    \(Terminal.dim("Ctrl-C ends it when its readers are done, 10 s later at most; a second Ctrl-C at once."))

    """
}

/// What became of a reader of the stream; nil for other requests.
func logLine(_ record: EventServerAccessRecord) -> String? {
  guard record.path == "/events/stream", record.method == .get, record.status == .ok else { return nil }
  let ending =
    switch record.ending {
    case .complete: "has read to the end"
    case .readerLeft, .readerStalled, .readerVanished: "has left"
    case .failed, .overtaken, .serverEnded, .streamExpired: "was cut off"
    }
  return
    "\(clockText(.now))  \(record.remoteAddress) \(ending): \(record.events) events in \(secondsText(record.duration))"
}
