package import SSEHTTP1
import SSESockets

/// Posts to one URL again and again and reads plain answers, over a connection that is kept between them: what a
/// publisher needs. One request at a time; nothing is asked twice, since nobody knows what became of a POST without an
/// answer (RFC 9110, 9.2.2). Redirects are answers like others. Letting go of it closes the connection.
package final class KeptConnection {
  /// What a server answered.
  package struct Answer: Sendable {
    package let status: HTTPStatus
    /// Where a redirect leads, as the server wrote it.
    package fileprivate(set) var location: String?
    /// Its beginning, at most `EventClientLimits.errorBody` bytes.
    package fileprivate(set) var body: [UInt8] = []
  }

  /// A connection on which nothing has happened for longer is not used again: the server may be about to close it, and
  /// a request would cross with that.
  static let longestIdle = Duration.seconds(4)

  private static let ownHeaders: HeaderFields = ["Accept": "*/*"]

  private var configuration: Shared<EventClientConfiguration>
  private let headers: HeaderFields
  private let url: RequestURL
  private let clock = ClientClock(nil)
  private var loop: EventLoop?
  private var kept: (connection: ByteStream, since: Moment)?

  /// Nothing is connected yet.
  ///
  /// - Parameter headers: Fields of each request; they replace the client's own.
  /// - Throws: `EventClientError` where it is no URL that can be asked.
  package init(
    to url: String, headers: HeaderFields, configuration: EventClientConfiguration
  ) throws(EventClientError) {
    self.url = try RequestURL(url)
    self.configuration = Shared(configuration)
    self.headers = Self.ownHeaders.replacing(with: configuration.headers).replacing(with: headers)
  }

  deinit { kept?.connection.close() }

  /// The answer to a POST, whatever its status. Cancelling the task closes the connection and throws.
  package func post(_ body: EventRequest.Body) async throws(EventClientError) -> Answer { try await post { body } }

  /// The same of a body that is made when the connection is ready, right before it is sent: with the time in it, that
  /// is the time of sending.
  package func post(_ makeBody: () -> EventRequest.Body) async throws(EventClientError) -> Answer {
    let connection = try await readyConnection()
    do throws(EventClientError) {
      connection.send(try attempt(with: makeBody()).message())
    } catch {
      kept = (connection, clock.now)  // Nothing was sent.
      throw error
    }
    var answer = AnswerReader(url: url.description, limits: configuration.value.limits)
    do throws(EventClientError) {
      while try !answer.isComplete() { try await receive(from: connection, into: &answer) }
    } catch {
      await connection.closeNow()
      throw error
    }
    if answer.keepsConnection { kept = (connection, clock.now) } else { await connection.closeNow() }
    return answer.answer
  }

  private func attempt(with body: EventRequest.Body) throws(EventClientError) -> ConnectionAttempt {
    let attempt = EventAttempt(
      url: url.description, number: 1, lastEventID: "", refusal: nil, headers: headers)
    let target = OutgoingRequest.Target(url: url, method: .post, sendsBody: true)
    let request = Shared(try OutgoingRequest(attempt, to: target, from: url.origin, body: body))
    return try ConnectionAttempt(for: request, configuration, clock: clock)
  }

  /// A connection that a request can be sent over at once.
  private func readyConnection() async throws(EventClientError) -> ByteStream {
    if let (open, since) = kept {
      kept = nil
      if clock.now - since < Self.longestIdle, await isQuiet(open) { return open }
      await open.closeNow()
    }
    // It is connected in the same way whatever the body; a URL and fields that cannot be sent are told before.
    let ready = try await attempt(with: .text("")).connect(on: try takeLoop())
    // What there is to warn of has been said: a server ends connections every thousand requests or so.
    var quiet = configuration.value
    quiet.log = .none
    configuration = Shared(quiet)
    return ready
  }

  /// Whether the server has said nothing since its answer. One that has closed the connection would not read the
  /// request, which was not sent then and so may be sent over another; and what it said without being asked is not to
  /// be taken for the next answer (RFC 9112, 9.2).
  private func isQuiet(_ connection: ByteStream) async -> Bool {
    do throws(SocketError) {
      _ = try await connection.receive(timeout: .zero)
      return false
    } catch {
      return error.kind == .timedOut
    }
  }

  private func receive(from connection: ByteStream, into answer: inout AnswerReader) async throws(EventClientError) {
    let limit = configuration.value.timeouts.responseHead
    let incoming = IncomingConnection.socket(connection)
    switch await incoming.receive(within: limit, clock: clock, loop: try takeLoop()) {
    case .bytes(let bytes): answer.received(bytes)
    case .endOfFile: try answer.receivedEndOfFile()
    case .insecure(let failure): throw .secureConnectionFailed(failure, url: url.description)
    case .timedOut: throw .timedOut(.responseHead, after: limit, url: url.description)
    case .timedOutSending: throw .timedOut(.request, after: limit, url: url.description)
    case .failure: throw .noResponse(url: url.description)
    }
  }

  private func takeLoop() throws(EventClientError) -> EventLoop {
    if let loop { return loop }
    let taken = try EventLoop.shared(forURL: url.description)
    loop = taken
    return taken
  }
}

/// Reads one answer: its status, and the beginning of its body.
private struct AnswerReader {
  private let url: String
  private let limits: EventClientLimits
  private var http: ResponseParser
  private var hasEnded = false
  private(set) var keepsConnection = false
  private(set) var answer = KeptConnection.Answer(status: .ok)

  init(url: String, limits: EventClientLimits) {
    self.url = url
    self.limits = limits
    http = ResponseParser(limits: limits.http1, requestMethod: .post)
  }

  mutating func received(_ bytes: [UInt8]) { http.append(bytes) }

  /// - Throws: Where the answer is not whole.
  mutating func receivedEndOfFile() throws(EventClientError) {
    keepsConnection = false
    hasEnded = true
    let end: BodyEnd
    do throws(HTTP1Error) {
      end = try http.receivedEndOfStream()
    } catch {
      throw .protocolViolation("\(error)", url: url)
    }
    switch end {
    case .complete, .delimitedByClose: break
    case .beforeHead: throw .noResponse(url: url)
    case .truncated: throw .cut(url: url)
    }
  }

  /// Whether all of it has come.
  mutating func isComplete() throws(EventClientError) -> Bool {
    while !hasEnded, let part = try nextPart() {
      switch part {
      case .informational: break
      case .head(let head):
        answer = KeptConnection.Answer(status: head.status, location: head.headers["Location"])
        keepsConnection =
          http.version == .http1_1
          && !head.headers.list("Connection").contains { Token.areEqual($0, "close") }
      case .body(let bytes):
        answer.body += bytes.prefix(limits.errorBody - answer.body.count)
        if answer.body.count >= limits.errorBody {
          keepsConnection = false
          hasEnded = true
        }
      case .end: hasEnded = true
      }
    }
    return hasEnded
  }

  private mutating func nextPart() throws(EventClientError) -> ResponsePart? {
    do throws(HTTP1Error) {
      return try http.next()
    } catch {
      throw .protocolViolation("\(error)", url: url)
    }
  }
}
