import Foundation
import SSETestSupport
import Testing

@testable import SSEContractService

@Suite("The contract service")
struct ServiceTests {
  @Test("it says what the client can do")
  func capabilities() async throws {
    struct Status: Decodable {
      let capabilities: [String]
    }
    try await withHarness { harness in
      let answer = try await harness.request("GET", "/")
      #expect(answer.status == 200)
      #expect(answer.field("Content-Type") == "application/json")
      let status = try JSONDecoder().decode(Status.self, from: Data(answer.body.utf8))
      #expect(
        Set(status.capabilities) == [
          "bom", "comments", "headers", "last-event-id", "post", "report", "read-timeout", "restart",
          "server-directed-shutdown-request",
        ])
    }
  }

  @Test(
    "a bad parameter is answered with 400 and the reason",
    arguments: [
      ("", "the body is no JSON"),
      ("[]", "Dictionary"),
      (#"{"callbackUrl": "http://a/"}"#, "streamUrl is missing"),
      (#"{"streamUrl": "http://a/"}"#, "callbackUrl is missing"),
      (#"{"streamUrl": 1, "callbackUrl": "http://a/"}"#, "streamUrl: "),
      (#"{"streamUrl": "ftp://a/", "callbackUrl": "http://a/"}"#, "streamUrl is to be an http or https URL"),
      (#"{"streamUrl": "http://a/", "callbackUrl": "a"}"#, "callbackUrl is to be an http or https URL"),
      (#"{"streamUrl": "http://a/", "callbackUrl": "http://a/", "initialDelayMs": -1}"#, "initialDelayMs is to be"),
      (#"{"streamUrl": "http://a/", "callbackUrl": "http://a/", "readTimeoutMs": 0}"#, "readTimeoutMs is to be"),
      (#"{"streamUrl": "http://a/", "callbackUrl": "http://a/", "readTimeoutMs": "1"}"#, "readTimeoutMs: "),
      (#"{"streamUrl": "http://a/", "callbackUrl": "http://a/", "method": "GET /"}"#, "method is to be a token"),
      (#"{"streamUrl": "http://a/", "callbackUrl": "http://a/", "headers": {"a b": ""}}"#, "headers"),
      (#"{"streamUrl": "http://a/", "callbackUrl": "http://a/", "headers": {"a": "\r\n"}}"#, "headers"),
      (#"{"streamUrl": "http://a/", "callbackUrl": "http://a/", "headers": ["a"]}"#, "headers: "),
      (#"{"streamUrl": "http://a/", "callbackUrl": "http://a/", "lastEventId": "a\nb"}"#, "lastEventId"),
    ])
  func badParameters(json: String, words: String) async throws {
    try await withHarness { harness in
      let answer = try await harness.request("POST", "/", json)
      #expect(answer.status == 400)
      #expect(answer.body.contains(words), "\(answer.body)")
    }
  }

  @Test(
    "a command that it does not know is answered with 400, one that it does with 2xx",
    arguments: [
      (#"{"command": "listen", "listen": {"type": "greeting"}}"#, 202), (#"{"command": "restart"}"#, 202),
      (#"{"command": "dance"}"#, 400), (#"{"command": "listen"}"#, 400), ("{}", 400), ("", 400),
    ])
  func commands(json: String, status: Int) async throws {
    try await withHarness { harness in
      let client = try await harness.startClient()
      #expect(try await harness.request("POST", client, json).status == status)
    }
  }

  @Test("a client that there is not, or no longer, is answered with 404")
  func unknownClient() async throws {
    try await withHarness { harness in
      for path in ["/clients/1", "/clients/x", "/other"] {
        for method in ["POST", "DELETE"] {
          #expect(try await harness.request(method, path, #"{"command": "restart"}"#).status == 404)
        }
      }
      let (client, stream) = try await harness.startStream()
      #expect(try await harness.request("DELETE", client).status == 204)
      _ = try await stream.connection.ending()
      try await eventually("it has ended") { try await harness.request("DELETE", client).status == 404 }
    }
  }

  @Test("clients are apart: each has its stream, its numbers and its end")
  func severalClients() async throws {
    try await withHarness { harness in
      let (first, firstStream) = try await harness.startStream { $0.callbackUrl += "/" }
      let (second, secondStream) = try await harness.startStream()
      #expect(first != second)
      for (stream, data) in [(firstStream, "a"), (secondStream, "b")] {
        try await stream.send("data: \(data)\n\n")
        let callback = try await harness.callbacks.accept()
        #expect(callback.number == 1)
        #expect(callback.message == .event(data))
        try await callback.answer()
      }
      #expect(try await harness.request("DELETE", first).status == 204)
      _ = try await firstStream.connection.ending()
      try await secondStream.send("data: c\n\n")
      try await harness.callbacks.expect(.event("c"))
    }
  }

  // MARK: - Callbacks

  @Test("callbacks are numbered, in order, and the next one waits for the last one's answer")
  func callbackOrder() async throws {
    try await withHarness { harness in
      let (_, stream) = try await harness.startStream()
      try await stream.send((1...100).map { "data: \($0)\n\n" }.joined())
      for number in 1...100 {
        let callback = try await harness.callbacks.accept()
        #expect(callback.number == number)
        #expect(callback.message == .event("\(number)"))
        if number == 1 {
          #expect(callback.head.contains("\r\nContent-Type: application/json\r\n"))
          let other = try await harness.callbacks.listener.accept(within: 100)
          #expect(other == nil)
        }
        try await callback.answer(number % 2 == 0 ? "200 OK" : "204 No Content")
      }
    }
  }

  @Test("a callback that cannot be delivered ends its client, and no other", arguments: ["404 Not Found", nil])
  func undeliverable(status: String?) async throws {
    try await withHarness { harness in
      let (client, stream) = try await harness.startStream()
      let (_, other) = try await harness.startStream()
      try await stream.send("data: a\n\n")
      let callback = try await harness.callbacks.accept()
      if let status { try await callback.answer(status) } else { callback.connection.reset() }
      _ = try await stream.connection.ending()
      try await eventually("its client has gone") {
        try await harness.request("POST", client, #"{"command": "restart"}"#).status == 404
      }
      try await other.send("data: b\n\n")
      try await harness.callbacks.expect(.event("b"))
    }
  }

  @Test("a client is ended also while its callback is unanswered")
  func endDuringCallback() async throws {
    try await withHarness { harness in
      let (client, stream) = try await harness.startStream()
      try await stream.send("data: a\n\n")
      let callback = try await harness.callbacks.accept()
      #expect(try await harness.request("DELETE", client).status == 204)
      _ = try await callback.connection.ending()
      _ = try await stream.connection.ending()
    }
  }
}
