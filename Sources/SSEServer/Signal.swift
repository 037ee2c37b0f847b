#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A signal of the operating system that may end a server.
public struct Signal: RawRepresentable, Sendable, Hashable {
  /// Its number.
  public let rawValue: Int32

  /// A signal by its number, from 1 to 64.
  public init?(rawValue: Int32) {
    guard (1...64).contains(rawValue) else { return nil }
    self.rawValue = rawValue
  }

  private init(_ number: Int32) { rawValue = number }

  /// SIGTERM, which service managers and container runtimes send.
  public static let terminate = Signal(SIGTERM)
  /// SIGINT, which Ctrl-C sends.
  public static let interrupt = Signal(SIGINT)
  /// SIGHUP.
  public static let hangUp = Signal(SIGHUP)
}
