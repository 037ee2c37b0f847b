import Testing

@testable import SSEClient

/// URLs taken apart, compared, and resolved against each other.
@Suite struct RequestURLTests {
  struct Parts: Sendable {
    var url: String
    var scheme = RequestURL.Scheme.http
    var host = "h"
    var port = 80
    var target = "/"
    var authorization: String?
    var becomes: String
  }

  @Test(
    "C19: a URL is read as browsers read it",
    arguments: [
      Parts(url: "https://h", scheme: .https, port: 443, becomes: "https://h/"),
      Parts(url: "HTTPS://H:443/", scheme: .https, port: 443, becomes: "https://h/"),
      Parts(url: "https://h:80/", scheme: .https, port: 80, becomes: "https://h:80/"),
      Parts(url: "http://h:443/", port: 443, becomes: "http://h:443/"),
      // A colon without a number.
      Parts(url: "http://h:/", becomes: "http://h/"),
      Parts(url: "http://h:0080/", becomes: "http://h/"),
      // One spelling of an address, so that its origin is one.
      Parts(url: "http://[0:0::1]/", host: "::1", becomes: "http://[::1]/"),
      // Decoded before it is looked up.
      Parts(url: "http://%68/", becomes: "http://h/"),
      Parts(url: "http://bücher.example/", host: "xn--bcher-kva.example", becomes: "http://xn--bcher-kva.example/"),
      // Not the host that follows the "@".
      Parts(url: #"http://h\@evil/"#, target: "/@evil/", becomes: "http://h/@evil/"),
      Parts(url: "http://h#@evil/", becomes: "http://h/"),
      Parts(url: "http://h?@evil/", target: "/?@evil/", becomes: "http://h/?@evil/"),
      // A slash is one also with a combining mark behind it, which would make it another character.
      Parts(url: "http://h/\u{301}", target: "/%CC%81", becomes: "http://h/%CC%81"),
      Parts(url: "http://h/a?\u{301}", target: "/a?%CC%81", becomes: "http://h/a?%CC%81"),
      Parts(url: "http://a@b@h/", authorization: "Basic YUBiOg==", becomes: "http://h/"),
      Parts(url: "http://:a:b@h/", authorization: "Basic OmE6Yg==", becomes: "http://h/"),
      Parts(url: "http://h/a/./b/../c", target: "/a/c", becomes: "http://h/a/c"),
      // Above the root there is nothing.
      Parts(url: "http://h/../../a/..", target: "/", becomes: "http://h/"),
      Parts(url: "http://h/a/%2E%2e/b/.", target: "/b/", becomes: "http://h/b/"),
      // Not the server's files: a segment of three dots, and one that is empty.
      Parts(url: "http://h/a//...", target: "/a//...", becomes: "http://h/a//..."),
      // A broken escape is the server's matter.
      Parts(url: "http://h/%zz%", target: "/%zz%", becomes: "http://h/%zz%"),
      Parts(url: "http://h/\"<>`{}'|", target: "/%22%3C%3E%60%7B%7D'|", becomes: "http://h/%22%3C%3E%60%7B%7D'|"),
      Parts(url: "http://h/?\"<>`{}'|?", target: "/?%22%3C%3E`{}%27|?", becomes: "http://h/?%22%3C%3E`{}%27|?"),
      // An empty query is one.
      Parts(url: "http://h/?", target: "/?", becomes: "http://h/?"),
      Parts(url: "http://h/\r\nX: y", target: "/%0D%0AX:%20y", becomes: "http://h/%0D%0AX:%20y"),
    ])
  func parts(row: Parts) throws {
    let url = try RequestURL(row.url)
    #expect(url.scheme == row.scheme)
    #expect(url.host == row.host)
    #expect(url.port == row.port)
    #expect(url.target == row.target)
    #expect(url.authorization == row.authorization)
    #expect(url.description == row.becomes)
  }

  @Test(
    "C22: what is no URL of a host is refused",
    arguments: [
      "http:", "http:h", "http:/h", "http:///h", "http://:80/", "http://h:+1/", "http://h:-1/", "http://h:8o/",
      "http://h:70000/", "http://h:99999999999999999999/", "http://h i/", "http://h%2Fi/", "http://h%00/",
      "http://[::1/", "http://[::1]x/", "http://[127.0.0.1]/", "http://[]/", "http://h<i>/", "http://h\u{7F}/",
    ])
  func malformed(text: String) throws {
    let error = try #require(throws: EventClientError.self) { try RequestURL(text) }
    #expect(error.kind == "malformedURL")
    #expect(error.url == text)
  }

  @Test("No error shows the credentials of a URL, whatever stands beside the @")
  func credentials() throws {
    for url in [
      "ftp://u:secret@h", "http://u:secret@\u{301}h:x/", #"http:\\u:secret@h:x"#, #"http:/\u:secret\@h:x"#,
      "http://u:secret@@:0",
    ] {
      let error = try #require(throws: EventClientError.self) { try RequestURL(url) }
      #expect(!"\(error)".contains("secret"), "\(error)")
    }
  }

  struct Redirect: Sendable {
    var base = "http://u:p@h:8080/a/b?c"
    var location: String
    var becomes: String
    var keepsCredentials = true
  }

  @Test(
    "C50: a location is resolved against the URL that was asked",
    arguments: [
      Redirect(location: "https://other/x", becomes: "https://other/x", keepsCredentials: false),
      Redirect(location: "//other/x", becomes: "http://other/x", keepsCredentials: false),
      // The scheme is the base's, not http.
      Redirect(base: "https://h/", location: "//other/x", becomes: "https://other/x", keepsCredentials: false),
      Redirect(location: #"\\other\x"#, becomes: "http://other/x", keepsCredentials: false),
      Redirect(location: "/x?y", becomes: "http://h:8080/x?y"),
      Redirect(location: "x", becomes: "http://h:8080/a/x"),
      Redirect(location: "x/", becomes: "http://h:8080/a/x/"),
      Redirect(location: "../x", becomes: "http://h:8080/x"),
      Redirect(location: "../../../x", becomes: "http://h:8080/x"),
      Redirect(location: ".", becomes: "http://h:8080/a/"),
      Redirect(location: "?y=1", becomes: "http://h:8080/a/b?y=1"),
      Redirect(location: "?", becomes: "http://h:8080/a/b?"),
      Redirect(location: "#part", becomes: "http://h:8080/a/b?c"),
      Redirect(location: "", becomes: "http://h:8080/a/b?c"),
      Redirect(location: "x#part?no", becomes: "http://h:8080/a/x"),
      // A colon in a path is no scheme where something else stands before it.
      Redirect(location: "./x:y", becomes: "http://h:8080/a/x:y"),
      Redirect(location: "?http://other/", becomes: "http://h:8080/a/b?http://other/"),
      Redirect(base: "http://h", location: "x", becomes: "http://h/x", keepsCredentials: false),
      Redirect(base: "http://h?q", location: "x", becomes: "http://h/x", keepsCredentials: false),
      Redirect(location: " /a b/ü?q=ü b\t", becomes: "http://h:8080/a%20b/%C3%BC?q=%C3%BC%20b"),
      Redirect(location: "/a%20b", becomes: "http://h:8080/a%20b"),
      Redirect(location: "ht\ttp://other/", becomes: "http://other/", keepsCredentials: false),
    ])
  func resolving(row: Redirect) throws {
    let url = try RequestURL(row.base).resolving(row.location)
    #expect(url.description == row.becomes)
    #expect((url.authorization != nil) == row.keepsCredentials)
    // What came of it is asked again without a change.
    #expect(try RequestURL(url.description).target == url.target)
  }

  @Test(
    "C56: a location that is no URL, or of another scheme, is refused and shown without credentials",
    arguments: ["http://", "//", "http://u:secret@h:x/", "mailto:a@b", "javascript:alert(1)", "ftp://u:secret@h/"])
  func badLocation(location: String) throws {
    let base = try RequestURL("http://h/")
    let error = try #require(throws: EventClientError.self) { try base.resolving(location) }
    #expect(["malformedURL", "unsupportedScheme"].contains(error.kind))
    #expect(!"\(error)".contains("secret"))
    #expect(!error.url.isEmpty)
  }

  @Test("C53: an origin is scheme, host and port")
  func origins() throws {
    func origin(_ text: String) throws -> RequestURL.Origin { try RequestURL(text).origin }
    let first = try origin("http://h/a")
    #expect(try origin("HTTP://u:p@H:80/b?c") == first)
    #expect(try origin("https://h/a") != first)
    #expect(try origin("http://h:8080/a") != first)
    #expect(try origin("http://www.h/a") != first)
    // The same port does not make http and https one.
    #expect(try origin("https://h:80/a") != first)
    #expect(try origin("http://[::1]/") == origin("http://[0:0::1]:80/"))
    #expect(try origin("https://[::1]/").description == "https://[::1]:443")
  }
}
