/// What an event stream may hold at most.
public struct EventStreamLimits: Sendable, Hashable {
  /// Bytes of a line without its end. Default 16 MiB.
  public var line: Int
  /// Bytes of an event's data. Default 16 MiB.
  public var event: Int

  /// Limits in bytes; see the properties for the defaults.
  public init(line: Int = 16_777_216, event: Int = 16_777_216) {
    self.line = line
    self.event = event
  }
}

/// The longest reconnection time that is taken from a stream; a longer one counts as this.
let longestRetry: Duration = .seconds(86_400)
