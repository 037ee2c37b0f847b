// What the guide's transport names of AsyncHTTPClient, declared as there; see Documentation/Client.md.

public import NIOCore
public import NIOHTTP1

public final class HTTPClient: Sendable {
  public static var shared: HTTPClient { HTTPClient() }

  public struct Log: Sendable {}

  public func execute(
    _ request: HTTPClientRequest, deadline: NIODeadline, logger: Log? = nil
  ) async throws -> HTTPClientResponse {
    HTTPClientResponse()
  }
}

public struct HTTPClientRequest: Sendable {
  public var url: String
  public var method: HTTPMethod
  public var headers: HTTPHeaders
  public var body: Body?

  public init(url: String) {
    self.url = url
    method = .GET
    headers = HTTPHeaders()
  }

  public struct Body: Sendable {
    public static func bytes(_ byteBuffer: ByteBuffer) -> Self { Body() }

    @preconcurrency
    public static func bytes<Bytes: RandomAccessCollection & Sendable>(_ bytes: Bytes) -> Self
    where Bytes.Element == UInt8 {
      Body()
    }
  }
}

public struct HTTPClientResponse: Sendable {
  public var status: HTTPResponseStatus { .ok }
  public var headers: HTTPHeaders { HTTPHeaders() }
  public var body: Body { Body() }

  public struct Body: AsyncSequence, Sendable {
    public struct AsyncIterator: AsyncIteratorProtocol {
      public mutating func next() async throws -> ByteBuffer? { nil }
    }
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator() }
  }
}
