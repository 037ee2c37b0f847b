// What the guide's transport names of SwiftNIO, declared as there; see Documentation/Client.md.

public struct HTTPHeaders: RandomAccessCollection, Sendable {
  public init() {}
  public mutating func add(name: String, value: String) {}
  public var startIndex: Int { 0 }
  public var endIndex: Int { 0 }
  public subscript(position: Int) -> (name: String, value: String) { ("", "") }
}

// swift-format-ignore: AlwaysUseLowerCamelCase
public enum HTTPMethod: Equatable, Sendable {
  case GET
  case RAW(value: String)
}

extension HTTPMethod: RawRepresentable {
  public init(rawValue: String) { self = .RAW(value: rawValue) }
  public var rawValue: String { "GET" }
}

public enum HTTPResponseStatus: Sendable {
  case ok
  public var code: UInt { 200 }
}
