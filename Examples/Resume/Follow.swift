import Foundation
import SSEClient

/// `sse-resume follow`: handles each event, then stores where to go on. Whenever it is ended, nothing is lost: an event
/// whose ID is not stored is sent again. It may have been handled already; `EventFile` knows its last one and skips it.
func follow(_ options: FollowOptions) async throws {
  let folder = URL(filePath: options.folder, directoryHint: .isDirectory)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  var events = try EventFile(folder.appending(path: "events.jsonl"))
  let position = PositionFile(folder.appending(path: "last-event-id"))

  var request = EventRequest(options.url, lastEventID: try position.load())
  // It may be started before its server is.
  request.reconnect.retriesFirstConnection = true
  note(request.lastEventID.isEmpty ? "begins with what comes next" : "goes on behind \(request.lastEventID)")

  for try await message in EventClient().source(request).messages {
    switch message {
    case .event(let event):
      if try events.append(.event(event)) { say(displayed("\(event.lastEventID) \(event.data)")) }
      // Only now. It is what `source.lastEventID` becomes when the next message is asked for.
      try position.store(event.lastEventID)
    case .gap(let gap):
      // Nothing can bring these events back: whoever reads the file must know.
      if try events.append(.gap(gap)) { note(displayed("events behind \(gap.after) are missing: \(gap.reason)")) }
    case .interrupted(let error, let delay): note("\(error) (again in \(delay))")
    case .opened, .comment: break
    }
  }
}
