// What Documentation/Observability.md names of swift-log, declared as its published source declares it.

public struct Logger: Sendable {
  public typealias Metadata = [String: MetadataValue]

  public enum MetadataValue: Sendable, ExpressibleByStringInterpolation {
    case string(String)

    public init(stringLiteral value: String) { self = .string(value) }
  }

  public struct Message: Sendable, ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) {}
  }

  public init(label: String) {}

  public func info(
    _ message: @autoclosure () -> Message, metadata: @autoclosure () -> Metadata? = nil,
    file: String = #fileID, function: String = #function, line: UInt = #line
  ) {}

  public func notice(
    _ message: @autoclosure () -> Message, metadata: @autoclosure () -> Metadata? = nil,
    file: String = #fileID, function: String = #function, line: UInt = #line
  ) {}

  public func error(
    _ message: @autoclosure () -> Message, metadata: @autoclosure () -> Metadata? = nil,
    file: String = #fileID, function: String = #function, line: UInt = #line
  ) {}
}
