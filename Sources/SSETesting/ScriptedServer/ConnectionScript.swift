/// What a scripted server does on one connection, step by step.
///
///     [.eventStream(), .event("one", id: "1"), .cut]
///     [.response(status: .serviceUnavailable, headers: ["Retry-After": "1"], body: "later")]
///     [.text("HTTP/1.1 200 OK\r\nConte"), .reset]
///
/// After the last step a body in chunks gets its last chunk and the connection is closed: a script that only ends has
/// ended normally. When the client leaves before, the rest of the script is dropped, and what waits in it is cancelled.
public struct ConnectionScript: Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The steps, in order.
  public var steps: [Step]

  /// A script of these steps. One without any accepts the connection and closes it.
  public init(_ steps: [Step]) { self.steps = steps }

  /// A script of these steps.
  public init(_ steps: Step...) { self.steps = steps }

  /// A script of these steps.
  public init(arrayLiteral elements: Step...) { steps = elements }

  /// The steps' names.
  public var description: String { "[\(steps.map(\.description).joined(separator: ", "))]" }

  /// One step. The static members make them.
  public struct Step: Sendable, CustomStringConvertible {
    let action: Action
    /// What it does, in one or two words.
    public let description: String

    init(_ action: Action, _ description: String) {
      self.action = action
      self.description = description
    }
  }

  /// How the body of an event stream is delimited (RFC 9112, 6).
  public enum Framing: Sendable, Hashable {
    /// Chunked, each step of the body a chunk.
    case chunked
    /// Chunked, in chunks of at most so many bytes.
    case chunks(ofAtMost: Int)
    /// By the connection's end: neither a length nor chunks.
    case untilClose
    /// With this `Content-Length`, whatever is sent then.
    case length(Int)
  }

  enum Action: Sendable {
    case readRequest
    case response(ResponseHead, body: [UInt8])
    case eventStream(ResponseHead, Framing)
    case body(@Sendable () throws -> [UInt8])
    case lastChunk
    case bytes([UInt8])
    case sendInPieces(ofAtMost: Int, pausing: Duration)
    case wait(@Sendable (RecordedRequest?) async throws -> Void)
    case delay(Duration)
    case cut
    case reset
    case holdOpen
  }
}

// MARK: - Requests and responses

extension ConnectionScript.Step {
  /// Reads the request, with its body. `response` and `eventStream` do so first where it has not been read yet, so this
  /// is needed only before `text` and `bytes`. A client that leaves without a request ends the script.
  public static var readRequest: Self { Self(.readRequest, "readRequest") }

  /// Sends a whole response: the fields given, `Content-Length` and `Connection: close` where they are not among them,
  /// and the body. So a `Content-Length` of the test's own may lie. Informational ones (1xx) are sent as they are, and
  /// another response may follow.
  public static func response(status: HTTPStatus = .ok, headers: HeaderFields = [:], body: String = "") -> Self {
    response(status: status, headers: headers, body: Array(body.utf8))
  }

  /// The same with a body of bytes.
  public static func response(status: HTTPStatus = .ok, headers: HeaderFields = [:], body: [UInt8]) -> Self {
    Self(.response(ResponseHead(status: status, headers: headers), body: body), "response(\(status.code))")
  }

  /// Sends the head of an event stream: the fields given, `Content-Type: text/event-stream` and `Connection: close`
  /// where they are not among them, and what the framing needs. The steps of the body come next.
  public static func eventStream(
    status: HTTPStatus = .ok, headers: HeaderFields = [:], framing: ConnectionScript.Framing = .chunked
  ) -> Self {
    Self(.eventStream(ResponseHead(status: status, headers: headers), framing), "eventStream")
  }
}

// MARK: - A stream's body

extension ConnectionScript.Step {
  /// Sends an event of this data.
  public static func event(
    _ data: String, type: String = "message", id: String? = nil, retry: Duration? = nil
  ) -> Self {
    events([ServerSentEvent(data: data, type: type, id: id, retry: retry)])
  }

  /// Sends events, in one write and, where the framing has chunks, as one chunk.
  public static func events(_ events: ServerSentEvent...) -> Self { Self.events(events) }

  /// Sends events, in one write and, where the framing has chunks, as one chunk.
  public static func events(_ events: [ServerSentEvent]) -> Self {
    encoded(events.count == 1 ? "event" : "events(\(events.count))") {
      var buffer: [UInt8] = []
      for event in events { try EventEncoder.encode(event, into: &buffer) }
      return buffer
    }
  }

  /// Sends a comment.
  public static func comment(_ text: String) -> Self {
    encoded("comment") {
      var buffer: [UInt8] = []
      EventEncoder.encode(comment: text, into: &buffer)
      return buffer
    }
  }

  /// Sends a block that only sets the reconnection time; zero makes a client come back at once.
  public static func retry(_ duration: Duration) -> Self {
    encoded("retry") {
      var buffer: [UInt8] = []
      EventEncoder.encode(retry: duration, into: &buffer)
      return buffer
    }
  }

  /// Sends a part of the body as it is, framed as the stream says: half an event, or one that cannot be made otherwise.
  public static func body(_ text: String) -> Self { encoded("body") { Array(text.utf8) } }

  /// Sends a part of the body as it is, framed as the stream says.
  public static func body(_ bytes: [UInt8]) -> Self { encoded("body") { bytes } }

  private static func encoded(_ name: String, _ bytes: @escaping @Sendable () throws -> [UInt8]) -> Self {
    Self(.body(bytes), name)
  }

  /// Ends a body in chunks, while the connection stays. A script that ends does so by itself.
  public static var lastChunk: Self { Self(.lastChunk, "lastChunk") }
}

// MARK: - Bytes

extension ConnectionScript.Step {
  /// Sends text as it is, without framing, also before the request has been read.
  public static func text(_ text: String) -> Self { Self(.bytes(Array(text.utf8)), "text") }

  /// Sends bytes as they are, without framing, also before the request has been read.
  public static func bytes(_ bytes: [UInt8]) -> Self { Self(.bytes(bytes), "bytes") }

  /// From here on sends in writes of at most so many bytes, each handed to the kernel by itself, with a pause after
  /// each one. `sendInPieces(ofAtMost: 1)` sends byte by byte. The kernel may still bring several at once to a client
  /// that does not read in between; a pause makes that rare.
  public static func sendInPieces(ofAtMost count: Int, pausing pause: Duration = .zero) -> Self {
    Self(.sendInPieces(ofAtMost: max(1, count), pausing: pause), "sendInPieces(ofAtMost: \(count))")
  }
}

// MARK: - Waiting

extension ConnectionScript.Step {
  /// Waits until the test has opened the gate.
  public static func wait(for gate: Gate) -> Self { Self(.wait { _ in try await gate.wait() }, "wait(for: gate)") }

  /// Runs a closure of the test's, and goes on when it returns. It gets the request, nil where it was not read yet.
  /// It is cancelled when the client leaves. What it throws else fails the test.
  public static func perform(_ action: @escaping @Sendable (RecordedRequest?) async throws -> Void) -> Self {
    Self(.wait(action), "perform")
  }

  /// Waits so long. What waits for a condition is faster and never too short: prefer `wait(for:)`.
  public static func delay(_ duration: Duration) -> Self { Self(.delay(duration), "delay(\(duration))") }

  /// Waits so long on a clock of the test's, such as a `ManualClock`.
  public static func delay(_ duration: Duration, on clock: any Clock<Duration>) -> Self {
    Self(.wait { _ in try await clock.sleep(for: duration) }, "delay(\(duration))")
  }
}

// MARK: - Endings

extension ConnectionScript.Step {
  /// Closes the connection (FIN) without the body's last chunk. The last step.
  public static var cut: Self { Self(.cut, "cut") }

  /// Closes the connection with a reset (RST), which also destroys what the client has not yet read. The last step.
  public static var reset: Self { Self(.reset, "reset") }

  /// Says nothing more until the client leaves; what it sends is read and dropped. As the only step it is a server that
  /// accepts and never answers. The last step.
  public static var holdOpen: Self { Self(.holdOpen, "holdOpen") }
}
