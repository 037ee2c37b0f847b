import Foundation
import SSEClient
import SSEServer

/// A real API in the word generator's place. Requests are passed on as they came, and its answers event by event.
struct Upstream: Sendable {
  /// Where its "/v1" is.
  let baseURL: URL
  let key: APIKey?
  /// What this server's own page asks for; API clients name a model themselves.
  let model: String

  /// An answer that is no stream may take as long as a model thinks.
  static let patience = Duration.seconds(600)

  private var client: EventClient {
    let limits = EventClientLimits(errorBody: Self.longestBody)
    let timeouts = EventClientTimeouts(responseHead: Self.patience, errorBody: Self.patience)
    return EventClient(configuration: EventClientConfiguration(limits: limits, timeouts: timeouts))
  }

  /// Of an answer that is no stream: an error, or a completion in one piece.
  private static let longestBody = 1_048_576

  // MARK: - Passing on

  func answer(_ request: Request, for provider: Provider) async throws -> Response {
    var headers = key.map { provider.authorization($0.text) } ?? [:]
    headers["Accept"] = "text/event-stream, application/json"
    for name in ["Anthropic-Version", "Anthropic-Beta"] { headers[name] = request.headers[name] }
    let asked = EventRequest(
      baseURL.appending(path: provider.path), method: .post, headers: headers,
      body: .bytes(try await request.body(upTo: ChatRequest.longestBody), contentType: "application/json"))
    return .events { events in
      // Nothing is sent before upstream has opened its stream: until then its refusal can become the answer. A reader
      // that leaves cancels this loop wherever it waits, and leaving it closes the connection to upstream.
      var hasOpened = false
      do {
        for try await message in client.source(asked).messages {
          switch message {
          case .opened:
            hasOpened = true
            try await events.flush()
          case .event(let event): try await events.send(event)
          case .gap(let gap): try await events.send(gap.event)
          case .comment(let text): try await events.comment(text)
          case .interrupted: break  // Of a POST, which is asked once, nothing is tried again.
          }
        }
      } catch let error as EventClientError where !hasOpened {
        throw try answer(for: error, from: provider)
      }
    }
  }

  /// What upstream answered without a stream, or why there is no answer.
  private func answer(for error: EventClientError, from provider: Provider) throws -> Response {
    switch error {
    case .unexpectedStatus(let refused) where refused.head.status.code >= 400 && isWhole(refused):
      return passOn(refused)
    case .unexpectedContentType(let completion) where isJSON(completion) && isWhole(completion):
      return passOn(completion)
    case .timedOut: return try provider.refusal(.gatewayTimeout, "upstream: \(error)")
    default: return try provider.refusal(.badGateway, "upstream: \(error)")
    }
  }

  private func isJSON(_ answer: RefusedResponse) -> Bool {
    answer.contentType?.lowercased().hasPrefix("application/json") == true
  }

  private func isWhole(_ answer: RefusedResponse) -> Bool { answer.body.count < Self.longestBody }

  private func passOn(_ answer: RefusedResponse) -> Response {
    var headers: HeaderFields = [:]
    for name in ["Content-Type", "Retry-After", "Request-Id", "X-Request-Id", "X-Should-Retry"] {
      headers[name] = answer.head.headers[name]
    }
    return Response(status: answer.head.status, headers: headers, bytes: answer.body)
  }

  // MARK: - Asking

  /// Writes the conversation that the article's page reads, with text from the API's chat completions.
  func answer(_ prompt: String, to events: EventWriter) async throws {
    var conversation = Conversation()
    var hasText = false
    do {
      let messages = [OpenAI.Message(role: .user, content: prompt)]
      for try await text in client.chatCompletion(of: messages, model: model, at: baseURL, key: key?.text) {
        hasText = true
        try await conversation.append(text, to: events)
      }
    } catch let error as EventClientError where !hasText {
      throw try answer(for: error, from: .openAI)
    }
    try await conversation.finish(events)
  }
}

/// A key of an API, which no log and no error ever shows.
struct APIKey: Sendable, Equatable, CustomStringConvertible {
  let text: String

  var description: String { "(a key)" }
}
