import Foundation
import SSEServer

/// `sse-chat serve`: serves until Ctrl-C.
func serve(_ options: ServeOptions) async throws {
  let source = try textSource(options)
  var configuration = chatConfiguration(source)
  configuration.accessLog = { record in
    if let line = logLine(record) { Terminal.print(line) }
  }
  let server = EventServer(
    chatRouter(source), host: options.host, port: options.port, configuration: configuration)
  try await server.run(drainingOn: [.terminate, .interrupt]) { address in
    Terminal.print(welcome(address, source))
  }
}

func chatConfiguration(_ source: TextSource) -> EventServerConfiguration {
  var configuration = EventServerConfiguration()
  // Above the routes' own, so that it is they who refuse, in the provider's words.
  configuration.limits.requestBody = ChatRequest.longestBody * 2
  if case .upstream = source {
    // Until upstream has answered, its refusal can still become the answer.
    configuration.headDelay = Upstream.patience * 2
  }
  return configuration
}

private func textSource(_ options: ServeOptions) throws -> TextSource {
  if let upstream = options.upstream {
    let key = try APIKey(variable: options.keyVariable)
    return .upstream(Upstream(baseURL: upstream, key: key, model: options.model))
  }
  var generator = WordGenerator(pause: options.pause)
  if let seed = options.seed { generator.seed = seed }
  generator.onEnd = { outcome in
    guard !outcome.isWhole else { return }
    let words = "\(outcome.writtenWords) of \(outcome.words) words"
    Terminal.print("\(timeText())  the word generator was cancelled after \(words)")
  }
  return .generator(generator)
}

/// Where to look, as soon as the server listens.
private func welcome(_ address: EventServer.Address, _ source: TextSource) -> String {
  // These two mean every address of the machine, and are none that a browser could open.
  let host =
    switch address.host {
    case "0.0.0.0": "127.0.0.1"
    case "::": "[::1]"
    case let host: host.contains(":") ? "[\(host)]" : host
    }
  let url = "http://\(host):\(address.port)"
  let writer =
    switch source {
    case .generator: "the built-in word generator"
    case .upstream(let upstream): upstream.baseURL.host() ?? ""  // Not the URL, which may hold a password.
    }
  return """
    \(Terminal.bold("The chat runs. Open or run one of these:"))

      Page        \(url)/
      Swift       swift run sse-chat ask Hello --url \(url)
      curl        curl -N '\(url)/conversation?prompt=Hello'
      OpenAI      OpenAI(base_url="\(url)/v1", api_key="none")
      Anthropic   Anthropic(base_url="\(url)", api_key="none")

    \(Terminal.dim("The replies come from \(writer)."))
    \(Terminal.dim("Ctrl-C ends it when its readers are done, 10 s later at most; a second Ctrl-C at once."))

    """
}

/// What became of a reader of a stream; nil for other requests.
func logLine(_ record: EventServerAccessRecord) -> String? {
  guard Provider(path: record.path) != nil || record.path == "/conversation" else { return nil }
  let ending =
    switch record.ending {
    case .complete: record.status == .ok ? "has read to the end" : "was refused with \(record.status)"
    case .readerLeft, .readerStalled, .readerVanished: "has left"
    case .failed, .overtaken, .serverEnded, .streamExpired: "was cut off"
    }
  let seconds = (record.duration / .seconds(1)).formatted(.number.precision(.fractionLength(1)))
  return "\(timeText())  \(record.remoteAddress) \(ending): \(record.path), \(record.events) events in \(seconds) s"
}

private func timeText() -> String {
  Date.now.formatted(Date.ISO8601FormatStyle(timeZone: .current).time(includingFractionalSeconds: false))
}
