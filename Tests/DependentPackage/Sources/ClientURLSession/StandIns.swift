// Foundation on Linux has no URLSession with async bytes: these declare what the guide names of it, as Apple's
// documentation does. On Apple platforms the guide's code is compiled against the real one.
#if !canImport(Darwin)
  import Foundation

  final class URLSession: Sendable {
    static let shared = URLSession()

    final class Task: Sendable {
      func cancel() {}
    }

    struct AsyncBytes: AsyncSequence, Sendable {
      struct Iterator: AsyncIteratorProtocol {
        mutating func next() async throws -> UInt8? { nil }
      }
      let task: URLSession.Task
      func makeAsyncIterator() -> Iterator { Iterator() }
    }

    func bytes(for request: URLRequest) async throws -> (AsyncBytes, URLResponse) {
      (AsyncBytes(task: Task()), HTTPURLResponse())
    }
  }

  struct URLRequest {
    var httpMethod: String?
    var httpBody: Data?
    init(url: URL, timeoutInterval: TimeInterval) {}
    mutating func addValue(_ value: String, forHTTPHeaderField field: String) {}
  }

  class URLResponse: @unchecked Sendable {}

  final class HTTPURLResponse: URLResponse, @unchecked Sendable {
    var statusCode: Int { 200 }
    var allHeaderFields: [AnyHashable: Any] { ["Content-Type": "text/event-stream"] }
  }
#endif
