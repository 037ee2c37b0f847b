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
    while true {
      // Without an async call where it has been received.
      var message = reader.nextBuffered()
      if message == nil { message = try await nextMessage() }
      switch message {
      case .opened: isOpen = true
      case .interrupted: isOpen = false
      case .comment, .gap: break
      case .event(let event):
        if decoder.terminator.data.contains(event.data) {
          await close(because: .finished)
          return nil
        }
        let isLast = decoder.terminator.types.contains(event.type)
        let value: Value?
        do throws(Rejection) {
          value = try self.value(of: event, isLast: isLast)
        } catch {
          await close(because: error.reason)
          throw error.failure
        }
        // Before its value is delivered: whoever keeps that keeps no connection.
        if isLast { await close(because: .finished) }
        if isLast || value != nil { return value }
      case nil:
        try ended()
        return nil
      }
    }
  }

  private func nextMessage() async throws(Failure) -> EventMessage? {
    do throws(EventClientError) {
      return try await reader.next()
    } catch {
      // That one is about another task, which goes on.
      if case .alreadyIterating = error {} else { isOpen = false }
      throw decoder.failure(error)
    }
  }

  /// The reader gives nothing more.
  private func ended() throws(Failure) {
    // Else a second task was cancelled, and the first still reads.
    guard reader.hasEnded else { return }
    let endedEarly = isOpen && !Task.isCancelled
    isOpen = false
    guard endedEarly, let awaited = decoder.terminator.explanation else { return }
    throw decoder.failure(.endedEarly(awaited: awaited, url: url))
  }

  private func close(because reason: EventSource.State.ClosingReason) async {
    isOpen = false
    await reader.close(because: reason)
  }

  // MARK: - One event

  /// An event that ends the sequence with an error.
  private struct Rejection: Error {
    let failure: Failure
    /// For the source's state.
    let reason: EventSource.State.ClosingReason
  }

  private func rejection(_ error: EventClientError) -> Rejection {
    Rejection(failure: decoder.failure(error), reason: .failed(error))
  }

  /// Nil where nothing is to be delivered.
  private func value(of event: ServerSentEvent, isLast: Bool) throws(Rejection) -> Value? {
    switch decoder.decode(event) {
    case .value(let value): return value
    case .ignored: return nil
    // A type that is named as the end is known.
    case .unlisted where isLast: return nil
    case .unlisted: throw rejection(.unexpectedType(event, url: url))
    case .invalid(let invalid):
      let payload = InvalidPayload(
        url: url, event: event, expectedType: invalid.expected, underlyingError: invalid.error)
      guard case .skip(let report) = decoder.invalidPayloads.mode, invalid.maySkip else {
        throw rejection(.invalidPayload(payload))
      }
      report(payload)
      return nil
    case .failed(let error): throw Rejection(failure: error, reason: .left)
    }
  }
}
