import SSEHTTP1
import SSEServer

/// Why a hub refuses a request; the description is what the answer says.
enum HubError: Error, Equatable, CustomStringConvertible {
  case badTopicName(String)
  /// An event is published to one topic.
  case severalTopics
  case tooManyTopics(limit: Int)
  case notText
  /// A page of another origin asks; nil where the browser does not say of which.
  case foreignOrigin(String?)
  /// A hub on loopback was asked under a name that is not this machine's.
  case foreignHost(String)
  case noSuchConnection

  var status: HTTPStatus {
    switch self {
    case .badTopicName, .severalTopics, .notText: .badRequest
    case .tooManyTopics: .serviceUnavailable
    case .foreignOrigin, .foreignHost: .forbidden
    case .noSuchConnection: .notFound
    }
  }

  var description: String {
    switch self {
    case .badTopicName(let name):
      "\(name.debugDescription) cannot be a topic's name: take 1 to 64 of A to Z, a to z, 0 to 9, '.', '_' and '-'"
    case .severalTopics: "an event is published to one topic; name one"
    case .tooManyTopics(let limit):
      "there is no room for another topic beside the hub's \(limit); let sse serve --max-topics be larger"
    case .notText: "the body is not UTF-8"
    case .foreignOrigin(let origin):
      "pages of \(origin ?? "other sites") may not use this hub; sse serve --cors names those that may"
    case .foreignHost(let host):
      "this hub serves its own machine, and \(host.debugDescription) is not a name of that; "
        + "sse serve --cors names a public origin that stands for it"
    case .noSuchConnection: "there is no such connection, or no more"
    }
  }

  /// The answer to an error that is the requester's own: of the hub's, or of what it asks of topics.
  static func response(to error: any Error) -> Response? {
    switch error {
    case let error as HubError: .error(error.status, error.description)
    case let error as TopicError: topicResponse(error)
    default: nil
    }
  }

  private static func topicResponse(_ error: TopicError) -> Response? {
    switch error {
    case .eventTooLarge: .error(.contentTooLarge, error.description)
    case .invalidType, .topicCount, .invalidName, .nameTooLong: .error(.badRequest, error.description)
    // Which file, and why, is for the hub's log.
    case .file: .error(.internalServerError, "the topic's file cannot be used; nothing was published")
    case .eventHasID, .overtaken, .joinedTwice: nil
    }
  }
}
