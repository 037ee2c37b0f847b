import Foundation
import SSEClient

/// `sse-clock follow`: prints the data of each event until the clock has finished. A stream that is cut before is
/// opened again, as browsers do; a server that never was one of events is not asked again.
func follow(_ url: String) async throws {
  var wasOpened = false
  for try await message in EventClient().source(url).messages {
    switch message {
    case .opened:
      wasOpened = true
      Terminal.note("connected to \(url)")
    case .event(let event):
      let data = displayed(event.data)
      Terminal.print(event.type == "message" ? data : "\(Terminal.bold(displayed(event.type))) \(data)")
      if isLast(event) { return }
    case .interrupted(let error, let delay):
      guard wasOpened else { throw error }
      Terminal.note("\(error) (trying again in \(secondsText(delay)))")
    default: break
    }
  }
}

/// Whether the clock says with this event that no other follows.
private func isLast(_ event: ServerSentEvent) -> Bool {
  struct Payload: Decodable {
    var finished: Bool?
  }
  let payload = try? JSONDecoder().decode(Payload.self, from: Data(event.data.utf8))
  return payload?.finished == true
}
