import SSEHTTP1
import SSEServer

/// The routes of a hub: what publishers and readers ask for.
func hubRouter(_ topics: HubTopics, access: HubAccess) -> Router {
  var router = Router()
  router.cors = access.cors
  router.errorResponse = HubError.response
  router.defaultHeaders = ["X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"]
  router.use { request, next in
    try access.check(request)
    return try await next(request)
  }
  router.get("/healthz") { _ in .text("ok\n") }
  router.group { readers in
    if let scheme = access.reading { readers.require(scheme) }
    readers.get("/events") { request in try events(of: topics, for: request) }
  }
  router.group { publishers in
    if let scheme = access.publishing { publishers.require(scheme) }
    publishers.post("/publish") { request in try await publish(request, to: topics) }
  }
  return router
}

// MARK: - Reading

/// The events of the topics that the query names. The IDs of one topic alone are the topic's own, those of several name
/// the position in each.
private func events(of topics: HubTopics, for request: Request) throws -> Response {
  guard Negotiation.accepts("text/event-stream", request.headers) else { throw HTTPStatus.notAcceptable }
  let names = Set(request.values(of: "topic"))
  // A browser's first request for a stream cannot have the field.
  let position = request.lastEventID ?? request.query("lastEventID")
  guard names.count > 1 else {
    let topic = try topics.topic(names.first ?? HubTopics.defaultName)
    return .events(from: topic, after: position == HubTopics.earliest ? topic.contents.start : position)
  }
  guard names.count <= TopicStream.mostTopics else {
    throw TopicError.topicCount(names.count, limit: TopicStream.mostTopics)
  }
  var joined: [String: Topic] = [:]
  for name in names { joined[name] = try topics.topic(name) }
  guard position == HubTopics.earliest else { return try .events(from: joined, after: position) }
  let starts = joined.map { "\($0.key)=\($0.value.contents.start)" }.joined(separator: ",")
  return try .events(from: joined, after: starts)
}

// MARK: - Publishing

/// What is answered to a publisher.
private struct Publication: Encodable {
  let id: String
}

/// Publishes the body; answers when the event is in the topic's log.
private func publish(_ request: Request, to topics: HubTopics) async throws -> Response {
  let names = request.values(of: "topic")
  guard names.count <= 1 else { throw HubError.severalTopics }
  let topic = try topics.topic(names.first ?? HubTopics.defaultName)
  let type = request.query("type").flatMap { $0.isEmpty ? nil : $0 } ?? "message"
  guard let data = String(validating: try await request.body(), as: UTF8.self) else { throw HubError.notText }
  let id = try await topic.publish(ServerSentEvent(data: data, type: type), key: request.query("key"))
  return try .json(Publication(id: id), status: .accepted)
}

extension Request {
  /// Each value of that name in the query.
  fileprivate func values(of name: String) -> [String] {
    queryItems.filter { $0.name == name }.map(\.value)
  }
}
