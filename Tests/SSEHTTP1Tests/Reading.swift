import SSEHTTP1
import SSETestSupport

/// What a parser made of a connection's bytes.
struct ReadRequests: Hashable {
  struct Request: Hashable {
    var head: RequestHead
    var body: [UInt8] = []
    var hasEnded = false
  }

  var requests: [Request] = []
  var error: HTTP1Error?
  /// Whether the parser waits for a further request, of which nothing has come.
  var isIdle = false

  init(_ pieces: [[UInt8]], limits: HTTP1Limits = HTTP1Limits()) {
    var parser = RequestParser(limits: limits)
    do throws(HTTP1Error) {
      for piece in pieces {
        parser.append(piece)
        while let part = try parser.next() { add(part) }
      }
    } catch {
      self.error = error
      // How much of a body is given before its error depends on the pieces.
      if let last = requests.indices.last, !requests[last].hasEnded { requests[last].body = [] }
    }
    isIdle = parser.isIdle
  }

  private mutating func add(_ part: RequestPart) {
    switch part {
    case .head(let head): requests.append(Request(head: head))
    case .body(let bytes): requests[requests.count - 1].body += bytes
    case .end: requests[requests.count - 1].hasEnded = true
    }
  }
}

/// What a parser made of a response's bytes and the connection's end.
struct ReadResponse: Hashable {
  var informational: [ResponseHead] = []
  var head: ResponseHead?
  var body: [UInt8] = []
  var hasEnded = false
  var end: BodyEnd?
  var error: HTTP1Error?

  init(_ pieces: [[UInt8]], method: HTTPMethod = .get, limits: HTTP1Limits = HTTP1Limits()) {
    var parser = ResponseParser(limits: limits, requestMethod: method)
    do throws(HTTP1Error) {
      for piece in pieces {
        parser.append(piece)
        while let part = try parser.next() { add(part) }
      }
      end = try parser.receivedEndOfStream()
    } catch {
      self.error = error
      body = []
    }
  }

  private mutating func add(_ part: ResponsePart) {
    switch part {
    case .informational(let head): informational.append(head)
    case .head(let head): self.head = head
    case .body(let bytes): body += bytes
    case .end: hasEnded = true
    }
  }
}

/// The bytes whole, one by one, and cut at random places.
func cuts(of bytes: [UInt8]) -> [[[UInt8]]] {
  var generator = SeededGenerator(seed: UInt64(bytes.count))
  let random = [2, 5, 20, 200, 2_000].flatMap { longest in
    (0..<2).map { _ in bytes.randomPieces(longest: longest, using: &generator) }
  }
  return [[bytes], bytes.singlePieces] + random
}
