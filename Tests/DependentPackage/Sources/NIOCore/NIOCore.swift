// What the guide's transport names of SwiftNIO, declared as there; see Documentation/Client.md.

public struct ByteBuffer: Sendable {}

public struct ByteBufferView: RandomAccessCollection, Sendable {
  public var startIndex: Int { 0 }
  public var endIndex: Int { 0 }
  public subscript(position: Int) -> UInt8 { 0 }
}

extension ByteBuffer {
  public var readableBytesView: ByteBufferView { ByteBufferView() }
}

public struct NIODeadline: Sendable {
  public static var distantFuture: NIODeadline { NIODeadline() }
}
