import SSEClient
import Testing

@testable import SSECommandLine

@Suite("The options of sse bench")
struct BenchOptionsTests {
  private func options(_ words: String..., environment: [String: String] = [:]) throws -> BenchOptions {
    try BenchOptions(words, environment: environment)
  }

  @Test("the URL is enough")
  func defaults() throws {
    let options = try options("http://h/events")
    #expect(options.request.url == "http://h/events")
    #expect(options.connections == 100)
    #expect(options.duration == .seconds(10))
    #expect(options.publishing == nil)
    #expect(!options.writesJSON)
  }

  @Test("the load is said as with other load generators")
  func load() throws {
    let options = try options("http://h/", "-c", "1000", "-t", "2.5", "--json", "-H", "A: b", "--data", "x")
    #expect(options.connections == 1_000)
    #expect(options.duration == .seconds(2.5))
    #expect(options.writesJSON)
    #expect(options.request.headers["A"] == "b")
    let method = try options.request.eventRequest().method
    #expect(method == .post)
  }

  @Test("events are published to a hub, or to a path, at a rate or as fast as they are read")
  func publishing() throws {
    let hub = try #require(try options("http://h/events", "--publish", "http://h").publishing)
    #expect(hub.url == "http://h/publish")
    #expect(hub.rate == 10)
    #expect(hub.size == 100)
    let path = try #require(
      try options("http://h/", "--publish", "http://h/p?x=y", "--rate", "0.5", "--size", "1000").publishing)
    #expect(path.url == "http://h/p?x=y")
    #expect(path.rate == 0.5)
    #expect(path.size == 1_000)
    for word in ["max", "0"] {
      let fastest = try #require(try options("http://h/", "--publish", "http://h", "--rate", word).publishing)
      #expect(fastest.rate == nil)
    }
  }

  @Test("a header field is for both, the token for publishing; what the environment has yields to either")
  func token() throws {
    let url = ["http://h/", "--publish", "http://h", "-H", "Authorization: reader"]
    let given = try BenchOptions(url + ["--token", "t"], environment: ["SSE_PUBLISH_TOKEN": "other"])
    #expect(given.publishing?.headers["Authorization"] == "Bearer t")
    #expect(given.request.headers["Authorization"] == "reader")
    let headerAlone = try BenchOptions(url, environment: ["SSE_PUBLISH_TOKEN": "other"])
    #expect(headerAlone.publishing?.headers["Authorization"] == "reader")
    let ofEnvironment = try BenchOptions(Array(url.prefix(3)), environment: ["SSE_PUBLISH_TOKEN": "other"])
    #expect(ofEnvironment.publishing?.headers["Authorization"] == "Bearer other")
    #expect(ofEnvironment.request.headers["Authorization"] == nil)
  }

  @Test(
    "what means nothing is refused",
    arguments: [
      ([], "the URL is missing; see --help"),
      (["u", "-c", "0"], "--connections: '0' is not a whole number from 1 to 1000000"),
      (["u", "--duration", "0"], "--duration: '0' is not a number above 0, at most 1000000"),
      (["u", "--rate", "5"], "--publish, which --rate belongs to, is missing; see --help"),
      (["u", "--token", "5"], "--publish, which --token belongs to, is missing; see --help"),
      (["u", "--publish", "v", "--rate", "fast"], "--rate: 'fast' is not a number up to 100000, or 'max'"),
      (["u", "--publish", "v", "--rate", "nan"], "--rate: 'nan' is not a number up to 100000, or 'max'"),
      (["u", "--publish", "v", "--size", "10"], "--size: '10' is not a whole number from 80 to 1000000"),
    ] as [([String], String)])
  func refused(words: [String], message: String) {
    #expect {
      try BenchOptions(words, environment: [:])
    } throws: { error in
      "\(error)" == message
    }
  }
}
