public import ServerSentEvents

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// How events of several types become values of one type, usually an enum of yours.
///
///     let answer = EventDecoding<Answer>()
///       .on("content_block_delta", as: Delta.self) { .text($0.delta.text) }
///       .failing(on: "error", as: ProviderError.self)
///       .ending(at: "message_stop")
///     for try await part in client.events(request, decoding: answer) { … }
///
/// Some servers tell of an error in the data of an ordinary event, as OpenAI's do with `{"error": {…}}`. A closure of
/// `on` throws it:
///
///     let answer = EventDecoding<Chunk>()
///       .on("message", as: Frame.self) { frame in
///         if let error = frame.error { throw error }
///         return frame.chunk
///       }
///       .ending(atData: "[DONE]")
///
/// A type that is named twice counts as it was named last.
public struct EventDecoding<Value>: Sendable {
  /// What becomes of an event whose type is not named.
  public enum UnlistedTypes: Sendable, Hashable {
    /// It is passed over.
    case ignore
    /// The sequence throws `EventClientError.unexpectedType`, and its connection is closed.
    case fail
  }

  private typealias Rule = @Sendable (ServerSentEvent) -> DecodedEvent<Value, any Error>

  private let decoder: JSONDecoder
  private var rules: [String: Rule] = [:]
  /// For types without a rule of their own.
  private var otherwise: Rule
  private var terminator = EventTerminator()

  /// A decoding that names no type yet.
  ///
  /// - Parameters:
  ///   - unlistedTypes: What becomes of an event whose type is not named.
  ///   - decoder: What decodes the data of the types that are.
  public init(unlistedTypes: UnlistedTypes = .ignore, decoder: JSONDecoder = JSONDecoder()) {
    self.decoder = decoder
    otherwise =
      switch unlistedTypes {
      case .ignore: { _ in .ignored }
      case .fail: { _ in .unlisted }
      }
  }

  /// Decodes the data of an event type as JSON and makes a value of it.
  ///
  /// - Parameter value: Makes the value; nil ignores the event. What it throws the sequence throws, as it is.
  public func on<Payload: Decodable & SendableMetatype>(
    _ type: String, as payload: Payload.Type, _ value: @escaping @Sendable (Payload) throws -> Value?
  ) -> EventDecoding {
    adding(type) { [decoder] event in
      let decoded: Payload
      do {
        decoded = try decoder.decode(payload, from: Data(event.data.utf8))
      } catch {
        return .invalid(.init(error: error, expected: "\(payload)"))
      }
      do {
        return try value(decoded).map { .value($0) } ?? .ignored
      } catch {
        return .failed(error)
      }
    }
  }

  /// Makes a value of an event type without JSON.
  ///
  /// - Parameter decode: Makes the value; nil ignores the event. What it throws makes the event an invalid payload.
  public func on(
    _ type: String, _ decode: @escaping @Sendable (ServerSentEvent) throws -> Value?
  ) -> EventDecoding {
    adding(type, Self.rule(decode))
  }

  /// Makes values of all events whose types are not named, in place of `unlistedTypes`; where none is, of all events.
  /// The closure is one of `on(_:_:)`.
  ///
  ///     client.events(url, decoding: EventDecoding().onOthers { event in Double(event.data) })
  public func onOthers(_ decode: @escaping @Sendable (ServerSentEvent) throws -> Value?) -> EventDecoding {
    var copy = self
    copy.otherwise = Self.rule(decode)
    return copy
  }

  private static func rule(_ decode: @escaping @Sendable (ServerSentEvent) throws -> Value?) -> Rule {
    { event in
      do {
        return try decode(event).map { .value($0) } ?? .ignored
      } catch {
        return .invalid(.init(error: error, expected: "\(Value.self)"))
      }
    }
  }

  /// Throws the data of an event type as an error of yours; the sequence ends with it, and its connection is closed.
  /// Where the data is no such JSON, `EventClientError.invalidPayload` is thrown, whatever the policy for those is.
  public func failing<Failure: Error & Decodable>(on type: String, as error: Failure.Type) -> EventDecoding {
    adding(type) { [decoder] event in
      do {
        return .failed(try decoder.decode(error, from: Data(event.data.utf8)))
      } catch {
        return .invalid(.init(error: error, expected: "\(Failure.self)", maySkip: false))
      }
    }
  }

  /// Ends the sequence at an event of this type: the connection is closed at once and not made again. Where `on` names
  /// the type too, its value is the last. A stream that ends for good without such an event throws
  /// `EventClientError.endedEarly`.
  public func ending(at type: String) -> EventDecoding {
    var copy = self
    copy.terminator.types.insert(type)
    return copy
  }

  /// Ends the sequence at an event with this data, of any type; it is not decoded. Else as `ending(at:)`.
  public func ending(atData data: String) -> EventDecoding {
    var copy = self
    copy.terminator.data.insert(data)
    return copy
  }

  private func adding(_ type: String, _ rule: @escaping Rule) -> EventDecoding {
    var copy = self
    copy.rules[type] = rule
    return copy
  }

  func decoder(invalidPayloads: InvalidPayloadPolicy) -> EventDecoder<Value, any Error> {
    EventDecoder(
      terminator: terminator, invalidPayloads: invalidPayloads, failure: { $0 },
      decode: { [rules, otherwise] event in (rules[event.type] ?? otherwise)(event) })
  }
}
