import ServerSentEvents

/// What an event comes to.
enum DecodedEvent<Value, Failure: Error> {
  case value(Value)
  /// Nothing is wanted of it.
  case ignored
  /// Its type is not among those that are decoded, and that counts.
  case unlisted
  case invalid(Invalid)
  /// The event tells of an error: the caller's own.
  case failed(Failure)

  /// Its data could not be decoded.
  struct Invalid {
    let error: any Error
    /// The type that it should have been.
    let expected: String
    /// Whether the stream may go on without it: not where it would have told of an error.
    var maySkip = true
  }
}

/// What makes values of events, and says which event is the last.
struct EventDecoder<Value, Failure: Error> {
  let terminator: EventTerminator
  let invalidPayloads: InvalidPayloadPolicy
  /// What the sequence throws for an error of its source.
  let failure: (EventClientError) -> Failure
  let decode: (ServerSentEvent) -> DecodedEvent<Value, Failure>
}

extension EventDecoder where Failure == EventClientError {
  /// What the closure throws makes the payload an invalid one; nil ignores the event.
  init(
    until terminator: String?, invalidPayloads: InvalidPayloadPolicy,
    decode: @escaping (ServerSentEvent) throws -> Value?
  ) {
    self.init(
      terminator: EventTerminator(data: terminator.map { [$0] } ?? []), invalidPayloads: invalidPayloads,
      failure: { $0 },
      decode: { event in
        do {
          return try decode(event).map { .value($0) } ?? .ignored
        } catch {
          return .invalid(.init(error: error, expected: "\(Value.self)"))
        }
      })
  }
}

/// The events that end a sequence.
struct EventTerminator: Sendable {
  /// Data of a last event that has nothing to decode.
  var data: Set<String> = []
  /// Types of a last event.
  var types: Set<String> = []

  /// What is waited for, for errors; nil where the end of the stream is the end.
  var explanation: String? {
    let ends = data.sorted().map { "data '\($0)'" } + types.sorted().map { "event '\($0)'" }
    return ends.isEmpty ? nil : ends.joined(separator: " or ")
  }
}
