import SSEClient
import ServerSentEvents

/// What is printed of each event.
enum EventFormat: Sendable, Equatable {
  /// Its data.
  case data
  /// One field of the JSON in its data.
  case field(JSONPath)
  /// One line of JSON with everything that it has.
  case jsonLines
  /// An event stream, comments included.
  case stream
}

/// What an event looks like on the output.
struct EventPrinter: Sendable {
  let format: EventFormat
  let joins: Bool
  let types: Set<String>
  let style: TextStyle

  /// Nil for an event that is not to be printed. `time` is in seconds since the start.
  func text(for event: ServerSentEvent, at time: Double) throws -> String? {
    guard types.isEmpty || types.contains(event.type) else { return nil }
    switch format {
    case .data: return lines(heading(of: event), event.data)
    case .field(let path): return JSONText(Array(event.data.utf8)).text(at: path).map { lines("", $0) }
    case .jsonLines: return style.shown(try RecordedEvent(event, time: time).line())
    case .stream:
      var bytes: [UInt8] = []
      try EventEncoder.encode(event, into: &bytes)
      return style.shown(String(decoding: bytes, as: UTF8.self))
    }
  }

  /// Nil where comments are not printed.
  func text(forComment comment: String) -> String? {
    guard format == .stream, types.isEmpty else { return nil }
    var bytes: [UInt8] = []
    EventEncoder.encode(comment: comment, into: &bytes)
    return style.shown(String(decoding: bytes, as: UTF8.self))
  }

  /// On a terminal, type and ID stand before the data.
  private func heading(of event: ServerSentEvent) -> String {
    guard style.isTerminal, !joins else { return "" }
    let type = event.type == "message" ? "" : style.bold(style.shown(event.type))
    let id = event.id.map { style.dim(style.shown("#\($0)")) } ?? ""
    return [type, id].filter { !$0.isEmpty }.map { "\($0) " }.joined()
  }

  private func lines(_ heading: String, _ text: String) -> String {
    let shown = style.shown(text)
    if joins { return shown }
    // On a terminal no line of data can pass for another event.
    return heading + (style.isTerminal ? shown.replacing("\n", with: "\n  ") : shown) + "\n"
  }
}
