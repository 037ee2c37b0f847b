public import ServerSentEvents

/// An event whose data could not be decoded.
public struct InvalidPayload: Sendable {
  /// The URL that was asked.
  public let url: String
  /// The event as it came.
  public let event: ServerSentEvent
  /// The name of the type that it should have been.
  public let expectedType: String
  /// What the decoder threw; for JSON a `DecodingError`.
  public let underlyingError: any Error

  static let excerptLength = 200
}

extension InvalidPayload: CustomStringConvertible {
  /// One line: the URL, the event, what is wrong with it, and the beginning of its data.
  public var description: String { "\(url): \(explanation)".onOneLine }

  var explanation: String {
    let name = event.id.map { "'\(event.type)' with id '\($0)'" } ?? "'\(event.type)'"
    let reason = (underlyingError as? DecodingError)?.explanation ?? "\(underlyingError)"
    return "the event \(name.excerpt(Self.excerptLength)) is no \(expectedType): "
      + "\(reason.excerpt(Self.excerptLength)); its data: \(event.data.excerpt(Self.excerptLength))"
  }
}

/// What becomes of a sequence when an event's data cannot be decoded.
public struct InvalidPayloadPolicy: Sendable {
  enum Mode: Sendable {
    case fail
    case skip(@Sendable (InvalidPayload) -> Void)
  }

  let mode: Mode

  /// The sequence throws `EventClientError.invalidPayload`, and its connection is closed.
  public static let fail = InvalidPayloadPolicy(mode: .fail)

  /// The sequence goes on with the next event; the closure hears of this one. It is called in the task that reads, and
  /// delays the next event for as long as it takes.
  public static func skip(_ report: @escaping @Sendable (InvalidPayload) -> Void) -> InvalidPayloadPolicy {
    InvalidPayloadPolicy(mode: .skip(report))
  }
}
