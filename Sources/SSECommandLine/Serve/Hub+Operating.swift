import SSEHTTP1
import SSEServer

extension Hub {
  /// What the page asks for.
  func addOperating(to router: inout Router) {
    if let scheme = access.operating { router.require(scheme) }
    router.get("/settings") { [topics] _ in
      try .json(
        HubSettings(
          history: topics.settings.history, topics: topics.settings.most, version: SSECommand.version))
    }
    router.get("/status") { [feed] request in feed.response(after: request.lastEventID) }
    router.delete("/connections/:id") { request in
      guard await request.server.close(connection: try request.parameter("id", as: Int.self)) else {
        throw HubError.noSuchConnection
      }
      return Response(status: .noContent)
    }
  }
}

/// What the page says of the hub, and does not change.
private struct HubSettings: Encodable {
  let history: Int
  let topics: Int
  let version: String
}
