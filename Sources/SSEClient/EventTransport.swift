public import SSEHTTP1

/// Makes the requests of a client in another way than over this package's own sockets: with URLSession,
/// AsyncHTTPClient, or whatever an application has already. It is one async function:
///
///     let client = EventClient { request in
///       let (head, chunks) = try await myHTTPClient.send(request.method, request.url, request.headers, request.body)
///       return EventTransport.Response(head: head, chunks: chunks)
///     }
///
/// It is called once for each attempt, and once more for each redirect that it does not follow itself. What it throws
/// becomes `EventClientError.transportFailed`. It runs in a task that is cancelled when the reader leaves or a timeout
/// passes, and should end then: the client waits for it to. Of the client's timeouts `responseHead` holds for the call,
/// `read` and `errorBody` for the body; `connect` is the transport's, as are proxies, TLS, Unix domain sockets and
/// content codings: these settings of the client are not used, and the field `Content-Encoding` of a response is
/// ignored.
public enum EventTransport {
  /// Sends a request and returns when the head of its response has come.
  public typealias Send = @Sendable (Request) async throws -> Response

  /// What is asked.
  public struct Request: Sendable {
    /// Scheme, host, port, path and query; without fragment and credentials, which are in `headers`.
    public let url: String
    /// The method.
    public let method: HTTPMethod
    /// All header fields but `Host` and `Content-Length`, which the transport writes from URL and body.
    public let headers: HeaderFields
    /// Nil where none is sent.
    public let body: [UInt8]?

    init(_ request: OutgoingRequest) {
      url = request.target.url.description
      method = request.target.method
      var headers = request.fields
      headers.remove("Host")
      headers.remove("Content-Length")
      self.headers = headers
      body = request.target.sendsBody ? request.sentBody : nil
    }
  }

  /// What has been answered: a head, and a body that goes on.
  public struct Response: Sendable {
    let head: ResponseHead
    /// A body of its own for each request that is answered with this, since a body belongs to one reader.
    let makeBody: @Sendable () -> TransportBody

    /// A response whose body comes in chunks, each given on when it is there.
    ///
    /// - Parameters:
    ///   - head: Status and header fields.
    ///   - chunks: The body without any coding. It is iterated once for each request that the response is given to.
    ///     That it ends is the end of the body; that it throws means that the body was cut.
    ///   - onClose: Called once for each of them, when nothing more of the body is wanted or it has ended, where
    ///     letting go of the sequence's iterator does not close the connection.
    public init<Chunks: AsyncSequence & Sendable>(
      head: ResponseHead, chunks: Chunks, onClose: (@Sendable () -> Void)? = nil
    ) where Chunks.Element: Sequence<UInt8> {
      self.head = head
      makeBody = {
        TransportBody(onClose: onClose) {
          var iterator = chunks.makeAsyncIterator()
          return { try await iterator.next(isolation: #isolation).map(Array.init) }
        }
      }
    }

    /// A response whose body comes as single bytes, such as `URLSession.AsyncBytes`; they are given on line by line.
    /// The parameters are as above.
    public init<Bytes: AsyncSequence & Sendable>(
      head: ResponseHead, bytes: Bytes, onClose: (@Sendable () -> Void)? = nil
    ) where Bytes.Element == UInt8 {
      self.head = head
      makeBody = {
        TransportBody(onClose: onClose) {
          var iterator = bytes.makeAsyncIterator()
          return {
            var line: [UInt8] = []
            // No event is complete before its line end; the limit keeps a line without an end from growing here.
            while line.count < TransportBody.longestPiece, let byte = try await iterator.next(isolation: #isolation) {
              line.append(byte)
              if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { break }
            }
            return line.isEmpty ? nil : line
          }
        }
      }
    }
  }
}
