import SSEHTTP1
import SSEServer

extension Hub {
  /// What readers ask for.
  func addReading(to router: inout Router) {
    if let scheme = access.reading { router.require(scheme) }
    router.get("/events") { [topics] request in try events(of: topics, for: request) }
    router.get("/metrics") { [topics] request in .metrics(await request.server.metrics(topics: topics.byName)) }
  }

  /// What publishers ask for.
  func addPublishing(to router: inout Router) {
    if let scheme = access.publishing { router.require(scheme) }
    router.post("/publish") { [self] request in try await publish(request) }
  }

  /// Publishes the body; answers when the event is in the topic's log.
  private func publish(_ request: Request) async throws -> Response {
    let names = request.values(of: "topic")
    guard names.count <= 1 else { throw HubError.severalTopics }
    let name = names.first ?? HubTopics.defaultName
    let type = request.query("type").flatMap { $0.isEmpty ? nil : $0 } ?? "message"
    guard let data = String(validating: try await request.body(), as: UTF8.self) else { throw HubError.notText }
    // Behind the body, which may take minutes: a topic that is still empty could have made room for another by then,
    // and the event would be answered for and lost.
    let topic = try topics.topic(name, for: .publisher)
    let event = ServerSentEvent(data: data, type: type)
    let id = try await topic.publish(event, key: request.query("key"))
    recent.note(event, id: id, topic: name)
    return try .json(Publication(id: id), status: .accepted)
  }
}

/// What is answered to a publisher.
private struct Publication: Encodable {
  let id: String
}

/// The events of the topics that the query names. The IDs of one topic alone are the topic's own, those of several name
/// the position in each.
private func events(of topics: HubTopics, for request: Request) throws -> Response {
  guard Negotiation.accepts("text/event-stream", request.headers) else { throw HTTPStatus.notAcceptable }
  let names = Set(request.values(of: "topic"))
  // A browser's first request for a stream cannot have the field.
  let position = request.lastEventID ?? request.query("lastEventID")
  guard names.count > 1 else {
    let topic = try topics.topic(names.first ?? HubTopics.defaultName, for: .reader)
    return .events(from: topic, after: position == HubTopics.earliest ? topic.startOfHistory : position)
  }
  guard names.count <= TopicStream.mostTopics else {
    throw TopicError.topicCount(names.count, limit: TopicStream.mostTopics)
  }
  var joined: [String: Topic] = [:]
  for name in names { joined[name] = try topics.topic(name, for: .reader) }
  guard position == HubTopics.earliest else { return try .events(from: joined, after: position) }
  let starts = joined.map { "\($0.key)=\($0.value.startOfHistory)" }.joined(separator: ",")
  return try .events(from: joined, after: starts)
}

extension Request {
  /// Each value of that name in the query.
  fileprivate func values(of name: String) -> [String] {
    queryItems.filter { $0.name == name }.map(\.value)
  }
}
