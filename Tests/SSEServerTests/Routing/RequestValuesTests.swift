import SSEServer
import SSETestSupport
import SSETesting
import Testing

@Suite("What a request says, as values")
struct RequestValuesTests {
  @Test("a path's parameter of a type is 404 where it is none")
  func parameters() async throws {
    var router = Router()
    router.get("/numbers/:number") { request in .text("\(try request.parameter("number", as: Int.self) + 1)") }
    router.get("/flags/:flag") { request in
      let flag: Bool = try request.parameter("flag")
      return .text("\(!flag)")
    }
    router.get("/wrong/:name") { request in .text(try request.parameter("nome")) }
    let rows = [
      ("/numbers/-41", "-40"), ("/numbers/4%31", "42"), ("/numbers/x", nil), ("/numbers/9223372036854775808", nil),
      ("/flags/true", "false"), ("/flags/yes", nil), ("/wrong/x", nil),
    ]
    try await withEventServer(router) { baseURL in
      for (path, answer) in rows {
        let response = try await exchange(baseURL, request("GET", path))
        #expect(response.status == (answer == nil ? 404 : 200), "\(path)")
        if let answer { #expect(response.body == answer, "\(path)") }
      }
    }
  }

  @Test("a query's value of a type is nil where there is none, and 400 with its name where it is of no such type")
  func query() async throws {
    var router = Router()
    router.get("/") { request in .text("\(try request.query("n", as: Int.self) ?? 10)") }
    try await withEventServer(router) { baseURL in
      for (query, answer) in [("", "10"), ("?n=7&n=x", "7"), ("?n=-0", "0")] {
        let response = try await exchange(baseURL, request("GET", "/\(query)"))
        #expect(response.body == answer)
      }
      let refused = try await exchange(baseURL, request("GET", "/?n=7x"))
      #expect(refused.status == 400)
      #expect(refused.body == #"{"error":"the query's n is not of type Int"}"#)
      let empty = try await exchange(baseURL, request("GET", "/?n="))
      #expect(empty.status == 400)
    }
  }

  /// `Cookie` field lines, and the cookies in them.
  struct Cookies: Sendable, CustomTestStringConvertible {
    var fields: String
    var found: String
    var testDescription: String { fields }

    init(_ fields: String, _ found: String) {
      self.fields = fields
      self.found = found
    }

    static let all = [
      Cookies("", ""),
      Cookies("Cookie: a=1\r\n", "[a|1]"),
      Cookies("Cookie: a=1; b=2; a=3\r\n", "[a|1][b|2][a|3]"),
      Cookies("cookie:  a = 1 ;b=2;\t;;c=3; \r\n", "[a|1][b|2][c|3]"),
      // A value may have equals signs; nothing is decoded, quotes are part of it (RFC 6265, 4.1.1).
      Cookies("Cookie: a=b=c==; d=\"x y\"; e=%20+; f=\r\n", "[a|b=c==][d|\"x y\"][e|%20+][f|]"),
      // What is no pair is left out, and takes nothing else with it.
      Cookies("Cookie: flag; =nameless; a=1\r\n", "[a|1]"),
      Cookies("Cookie: a=1\r\nCookie: b=2\r\n", "[a|1][b|2]"),
      Cookies("Cookie: a=1, b=2\r\n", "[a|1, b=2]"),
      Cookies("Cookie: A=upper; a=lower\r\n", "[A|upper][a|lower]"),
    ]
  }

  @Test("cookies come in their order, as they were sent", arguments: Cookies.all)
  func cookies(_ row: Cookies) async throws {
    var router = Router()
    router.get("/") { request in
      #expect(request.cookie("a") == request.cookies.first { $0.name == "a" }?.value)
      #expect(request.cookie("none") == nil)
      return .text(request.cookies.map { "[\($0.name)|\($0.value)]" }.joined())
    }
    try await withEventServer(router) { baseURL in
      let response = try await exchange(baseURL, request("GET", "/", row.fields))
      #expect(response.body == row.found)
    }
  }
}
