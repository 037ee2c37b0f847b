import SSETestSupport
import SSETesting
import Synchronization
import Testing

@testable import SSEServer

@Suite("A router that requires an authentication scheme")
struct AuthenticationTests {
  /// What is sent and what comes of it.
  struct Row: Sendable, CustomTestStringConvertible {
    var field: String
    var target = "/"
    var status: Int
    var challenge: String?
    var testDescription: String { "\(target) \(field)" }

    init(_ field: String, _ status: Int, _ challenge: String? = nil) { self.init(field, "/", status, challenge) }

    init(_ field: String, _ target: String, _ status: Int, _ challenge: String? = nil) {
      self.field = field
      self.target = target
      self.status = status
      self.challenge = challenge
    }
  }

  private func check(_ scheme: AuthenticationScheme, _ rows: [Row]) async throws {
    var router = Router()
    router.require(scheme)
    router.get("/") { _ in .text("in") }
    try await withEventServer(router) { baseURL in
      for row in rows {
        let fields = row.field.isEmpty ? "" : "\(row.field)\r\n"
        let response = try await exchange(baseURL, request("GET", row.target, fields))
        #expect(response.status == row.status, "\(row.testDescription)")
        #expect(response["WWW-Authenticate"] == row.challenge, "\(row.testDescription)")
        if row.status == 401 {
          #expect(response["Content-Type"] == "application/json")
          #expect(response.body == #"{"error":"Unauthorized"}"#)
        }
      }
    }
  }

  private static let wrong = #"Bearer error="invalid_token""#

  @Test("bearer: one of the tokens in the field, and nowhere else")
  func bearer() async throws {
    try await check(
      .bearerToken("s3cret", "other"),
      [
        Row("Authorization: Bearer s3cret", 200),
        Row("Authorization: Bearer other", 200),
        Row("authorization: bEARER   s3cret", 200),
        Row("", 401, "Bearer"),
        Row("Authorization: Bearer", 401, "Bearer"),
        Row("Authorization: Basic s3cret", 401, "Bearer"),
        Row("Authorization: s3cret", 401, "Bearer"),
        Row("Authorization: Bearers3cret", 401, "Bearer"),
        Row("Authorization: Bearer s3cre", 401, Self.wrong),
        Row("Authorization: Bearer s3cret!", 401, Self.wrong),
        Row("Authorization: Bearer S3cret", 401, Self.wrong),
        Row("Authorization: Bearer s3crets3cret", 401, Self.wrong),
        Row("Authorization: Bearer s3cret, Bearer x", 401, Self.wrong),
        Row("Authorization: Bearer s3cret\r\nAuthorization: Bearer s3cret", 401, "Bearer"),
        Row("", "/?access_token=s3cret", 401, "Bearer"),
        // Nothing inside runs, and nobody learns which paths there are.
        Row("", "/none", 401, "Bearer"),
        Row("Authorization: Bearer s3cret", "/none", 404),
      ])
  }

  @Test("bearer: in the query too, where that is allowed")
  func bearerInQuery() async throws {
    try await check(
      .bearerToken("s3 cret", queryName: "token"),
      [
        Row("", "/?token=s3%20cret", 200),
        Row("", "/?token=s3+cret&x=1", 200),
        Row("", "/?token=wrong", 401, Self.wrong),
        Row("", "/?token=", 401, "Bearer"),
        Row("", "/?access_token=s3+cret", 401, "Bearer"),
        // The field decides where both are there.
        Row("Authorization: Bearer wrong", "/?token=s3+cret", 401, Self.wrong),
      ])
  }

  @Test("bearer: no token at all, or an empty one, lets nobody in")
  func noToken() async throws {
    try await check(.bearerToken(), [Row("Authorization: Bearer x", 401, Self.wrong), Row("", 401, "Bearer")])
    try await check(
      .bearerToken("", queryName: "t"), [Row("Authorization: Bearer ", 401, "Bearer"), Row("", "/?t=", 401, "Bearer")])
  }

  @Test("a closure decides, and may wait; what it throws is the answer")
  func closure() async throws {
    try await check(
      .bearerToken { token, request in
        await Task.yield()
        if token == "blocked" { throw HTTPStatus.forbidden }
        return token == request.query("user")
      },
      [
        Row("Authorization: Bearer ann", "/?user=ann", 200),
        Row("Authorization: Bearer ann", "/?user=bob", 401, Self.wrong),
        Row("Authorization: Bearer blocked", 403),
      ])
  }

  @Test("basic: name and password")
  func basic() async throws {
    let challenge = #"Basic realm="the \"desk\"", charset="UTF-8""#
    try await check(
      .basic(user: "ann", password: "p:ä", realm: "the \"desk\""),
      [
        Row("Authorization: Basic YW5uOnA6w6Q=", 200),
        Row("Authorization: basic YW5uOnA6w6Q=", 200),
        Row("", 401, challenge),
        Row("Authorization: Basic YW5uOnA6", 401, challenge),
        Row("Authorization: Basic YW5u", 401, challenge),
        Row("Authorization: Basic !!!!", 401, challenge),
        Row("Authorization: Basic /////w==", 401, challenge),
        Row("Authorization: Bearer YW5uOnA6w6Q=", 401, challenge),
      ])
  }

  // MARK: - S56

  /// Bytes that count how often one of them is looked at.
  struct CountedBytes: Collection {
    let bytes: [UInt8]
    let reads: Counter
    var startIndex: Int { 0 }
    var endIndex: Int { bytes.count }
    func index(after index: Int) -> Int { index + 1 }
    subscript(index: Int) -> UInt8 {
      reads.count.wrappingAdd(1, ordering: .relaxed)
      return bytes[index]
    }
    final class Counter: Sendable {
      let count = Atomic(0)
    }
  }

  @Test(
    "S56: a token is looked at to its end, wherever it differs",
    arguments: ["s3cret", "x3cret", "s3xret", "s3crex", "s3cre", "s", "s3cretx", "s3crets3cret"])
  func constantTime(given: String) {
    let counter = CountedBytes.Counter()
    let secret = CountedBytes(bytes: Array("s3cret".utf8), reads: counter)
    let isEqual = ConstantTime.areEqual(given.utf8, secret)
    #expect(isEqual == (given == "s3cret"))
    #expect(counter.count.load(ordering: .relaxed) == given.utf8.count)
  }

  @Test("S56: nothing is like an empty secret but nothing")
  func emptySecret() {
    #expect(!ConstantTime.areEqual("x".utf8, "".utf8))
    #expect(!ConstantTime.areEqual("".utf8, "x".utf8))
    #expect(ConstantTime.areEqual("".utf8, "".utf8))
  }
}
