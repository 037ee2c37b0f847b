import SSEClient
import SSESockets

/// Takes events, from a stream or a recording, to where they are to go.
struct StreamListener {
  private let options: ListenOptions
  private let output: Output
  private let recording: Output?
  private let printer: EventPrinter
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  /// How many events were printed.
  private(set) var printed = 0

  init(_ options: ListenOptions, output: Output) throws {
    self.options = options
    self.output = output
    printer = EventPrinter(
      format: options.format, joins: options.joins, types: options.types, style: output.style)
    recording = try options.recordPath.map { try Output(path: $0) }
    start = clock.now
  }

  private var isDone: Bool { options.most.map { printed >= $0 } ?? false }

  /// Reads to the end of the input, or until enough was printed.
  mutating func run(on loop: EventLoop) async throws {
    switch options.source {
    case .stream(let request): try await listen(to: request)
    case .recording(let path, let speed): try await replay(path, speed: speed, on: loop)
    }
  }

  /// Ends a last line that has no end yet, where somebody looks at it.
  func finish() throws(OutputError) {
    if options.joins, printed > 0, output.style.isTerminal { try output.write("\n") }
  }

  private mutating func received(_ event: ServerSentEvent, at time: Double) throws {
    if let recording { try recording.write(RecordedEvent(event, time: time).line()) }
    guard let text = try printer.text(for: event, at: time) else { return }
    try output.write(text)
    printed += 1
  }

  // MARK: - A stream

  private mutating func listen(to request: StreamRequest) async throws {
    let source = EventClient(configuration: request.configuration).source(try request.eventRequest())
    var isInterrupted = false
    do {
      for try await message in source.messages {
        switch message {
        case .opened(let head):
          if options.isVerbose || isInterrupted { Console.state("connected: \(head.status)") }
          if options.isVerbose { for field in head.headers { Console.state("  \(field.name): \(field.value)") } }
        case .event(let event):
          try received(event, at: (clock.now - start) / .seconds(1))
          if isDone { return }
        case .comment(let comment):
          if let text = printer.text(forComment: comment) { try output.write(text) }
          if options.isVerbose { Console.state(":\(comment)") }
        case .gap(let gap):
          Console.state("events are missing behind '\(gap.after)': \(gap.reason.rawValue)")
          try received(gap.event, at: (clock.now - start) / .seconds(1))
          if isDone { return }
        case .interrupted(let error, let delay):
          isInterrupted = true
          Console.state("\(error) (again in \(Self.text(delay)))")
        }
      }
    } catch EventClientError.unexpectedStatus(let response) where options.isVerbose {
      Console.state(response.text)
      throw EventClientError.unexpectedStatus(response)
    }
  }

  private static func text(_ delay: Duration) -> String {
    let tenths = Int((delay / .milliseconds(100)).rounded())
    return "\(tenths / 10).\(tenths % 10) s"
  }

  // MARK: - A recording

  private mutating func replay(_ path: String, speed: Double, on loop: EventLoop) async throws {
    var reader = try RecordingReader(path: path)
    while let recorded = try reader.next() {
      let time = recorded.time / speed
      do {
        try await loop.sleep(for: start + .seconds(time) - clock.now)
      } catch {
        return
      }
      try received(recorded.event, at: recorded.time)
      if isDone { return }
    }
  }
}
