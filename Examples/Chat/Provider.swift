import SSEServer

/// Whose API a route speaks, where that matters besides the answers' formats: its path, how it refuses, and how it is
/// told who asks.
enum Provider: CaseIterable {
  case openAI, anthropic

  /// The one whose API has this path; nil where none has.
  init?(path: String) {
    guard let provider = Self.allCases.first(where: { $0.path == path }) else { return nil }
    self = provider
  }

  var path: String {
    switch self {
    case .openAI: "/v1/chat/completions"
    case .anthropic: "/v1/messages"
    }
  }

  /// An error in the form that the provider's clients read.
  func refusal(_ status: HTTPStatus, _ message: String) throws -> Response {
    switch self {
    case .openAI:
      let type = status.code < 500 ? "invalid_request_error" : "server_error"
      return try .json(OpenAIError(error: .init(message: message, type: type)), status: status)
    case .anthropic:
      return try .json(AnthropicError(error: .init(type: anthropicType(status), message: message)), status: status)
    }
  }

  private func anthropicType(_ status: HTTPStatus) -> String {
    switch status.code {
    case 401: "authentication_error"
    case 403: "permission_error"
    case 404: "not_found_error"
    case 413: "request_too_large"
    case 429: "rate_limit_error"
    case 400..<500: "invalid_request_error"
    default: "api_error"
    }
  }

  /// The header fields that say who asks.
  func authorization(_ key: String) -> HeaderFields {
    switch self {
    case .openAI: ["Authorization": "Bearer \(key)"]
    case .anthropic: ["X-Api-Key": key]
    }
  }
}

private struct OpenAIError: Encodable {
  struct Content: Encodable {
    let message: String
    let type: String
    @NullIfMissing var param: String? = nil
    @NullIfMissing var code: String? = nil
  }
  let error: Content
}

private struct AnthropicError: Encodable {
  struct Content: Encodable {
    let type: String
    let message: String
  }
  let type = "error"
  let error: Content
}

/// Writes `null` where there is no value, instead of leaving the key out: the providers do, and some clients look.
@propertyWrapper
struct NullIfMissing<Value: Encodable & Sendable>: Encodable, Sendable {
  var wrappedValue: Value?

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(wrappedValue)
  }
}
