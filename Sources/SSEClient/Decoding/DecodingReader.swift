import ServerSentEvents

/// Reads a source and decodes its events in the reading task, on whatever actor that runs. It belongs to one iterator
/// and is used by one task at a time, as its `EventReader` is.
final class DecodingReader<Value, Failure: Error> {
  private let reader: EventReader
  private let url: String
  private let decoder: EventDecoder<Value, Failure>
  /// An accepted answer is being read. Where a terminator is awaited its end is too early.
  private var isOpen = false

  init(_ source: EventSource, decoder: EventDecoder<Value, Failure>) {
    reader = EventReader(source, deliversComments: false)
    url = source.url
    self.decoder = decoder
  }

  /// The next value; nil at the end, when the task is cancelled, and after an error.
  func next() async throws(Failure) -> Value? {
    while let message = try await nextMessage() {
      switch message {
      case .opened: isOpen = true
      case .interrupted: isOpen = false
      case .event(let event):
        if decoder.terminator.data.contains(event.data) {
          await close(because: .finished)
          return nil
        }
        let isLast = decoder.terminator.types.contains(event.type)
        let value = try await value(of: event, isLast: isLast)
        // Before its value is delivered: whoever keeps that keeps no connection.
        if isLast { await close(because: .finished) }
        if isLast || value != nil { return value }
      case .comment, .gap: break
      }
    }
    // Else a second task was cancelled, and the first still reads.
    guard reader.hasEnded else { return nil }
    let endedEarly = isOpen && !Task.isCancelled
    isOpen = false
    guard endedEarly, let awaited = decoder.terminator.explanation else { return nil }
    throw decoder.failure(.endedEarly(awaited: awaited, url: url))
  }

  /// Without suspension where it has been received.
  private func nextMessage() async throws(Failure) -> EventMessage? {
    if let message = reader.nextBuffered() { return message }
    do throws(EventClientError) {
      return try await reader.next()
    } catch {
      // That one is about another task, which goes on.
      if case .alreadyIterating = error {} else { isOpen = false }
      throw decoder.failure(error)
    }
  }

  /// Nil where nothing is to be delivered.
  private func value(of event: ServerSentEvent, isLast: Bool) async throws(Failure) -> Value? {
    switch decoder.decode(event) {
    case .value(let value): return value
    case .ignored: return nil
    // A type that is named as the end is known.
    case .unlisted where isLast: return nil
    case .unlisted:
      throw await closed(by: .unexpectedType(event, url: url))
    case .invalid(let invalid):
      let payload = InvalidPayload(
        url: url, event: event, expectedType: invalid.expected, underlyingError: invalid.error)
      if case .skip(let report) = decoder.invalidPayloads.mode, invalid.maySkip {
        report(payload)
        return nil
      }
      throw await closed(by: .invalidPayload(payload))
    case .failed(let error):
      await close(because: .left)
      throw error
    }
  }

  private func closed(by error: EventClientError) async -> Failure {
    await close(because: .failed(error))
    return decoder.failure(error)
  }

  private func close(because reason: EventSource.State.ClosingReason) async {
    isOpen = false
    await reader.close(because: reason)
  }
}
