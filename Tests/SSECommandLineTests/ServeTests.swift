import Foundation
import SSETestSupport
import Testing

@testable import SSECommandLine

@Suite("sse serve", .timeLimit(.minutes(1)))
struct ServeTests {
  @Test("it says where it listens and what to try; what it says works")
  func welcome() async throws {
    try await withRunningProgram(sse, ["serve", "--port", "0"]) { program in
      let port = try await program.port()
      try await eventually("it has said all") { program.output.contains("-d hello\n") }
      #expect(
        program.output == """
          The hub listens at http://127.0.0.1:\(port)
            Page     http://127.0.0.1:\(port)/
            Read     curl -N http://127.0.0.1:\(port)/events
            Publish  curl http://127.0.0.1:\(port)/publish -d hello

          """)
      let reader = try await read(port, "/events")
      #expect(try await ask(port, "POST", "/publish", body: "hello").status == 202)
      try await reader.read(through: "data: hello\n\n")
    }
  }

  @Test("with tokens the lines to try leave room for them, and do not give them away")
  func welcomeWithTokens() async throws {
    let environment = ["SSE_PUBLISH_TOKEN": "secret-p", "SSE_SUBSCRIBE_TOKEN": "secret-s"]
    try await withRunningProgram(sse, ["serve", "--port", "0"], environment: environment) { program in
      let port = try await program.port()
      try await eventually("it has said all") { program.output.contains("-d hello -H 'Authorization: Bearer …'\n") }
      #expect(!program.output.contains("secret"))
      #expect(try await ask(port, "HEAD", "/events").status == 401)
      #expect(try await ask(port, "HEAD", "/events", ["Authorization: Bearer secret-s"]).status == 200)
    }
  }

  @Test("it does not listen where others reach it without a publish token, and says what to do")
  func refusal() async throws {
    let result = try await Program.run(sse, ["serve", "--host", "0.0.0.0", "--port", "0"])
    #expect(result.status == 2)
    #expect(
      result.errors == "sse: on 0.0.0.0 others could publish; set SSE_PUBLISH_TOKEN (or --publish-token), or listen on "
        + "127.0.0.1\n")
  }

  @Test("a port that is taken, and a certificate that is not there, are one line and 1")
  func failures() async throws {
    let listener = try RawListener()
    let taken = try await Program.run(sse, ["serve", "--port", "\(listener.port)"])
    #expect(taken.status == 1)
    #expect(taken.errors.contains("is in use"))
    let missing = try await Program.run(sse, ["serve", "--port", "0", "--tls-cert", "/nothing"])
    #expect(missing.status == 1)
    #expect(missing.errors.contains("/nothing"))
    #expect(missing.errors.split(separator: "\n").count == 1)
  }

  @Test("a signal lets readers go, with the last chunk, and ends it with 0", arguments: [SIGINT, SIGTERM])
  func signals(signal: Int32) async throws {
    try await withRunningProgram(sse, ["serve", "--port", "0"]) { program in
      let port = try await program.port()
      let reader = try await read(port, "/events")
      // A page does not hold the end up.
      let page = try await read(port, "/hub/status")
      try await page.read(through: "\n\n")
      program.send(signal)
      let farewell = try await reader.readToEnd()
      #expect(farewell.contains("retry: "))
      #expect(farewell.hasSuffix("0\r\n\r\n"))
      try await eventually("it ends", within: .seconds(5)) { program.exitStatus == 0 }
    }
  }

  @Test("a second signal ends it at once, where the first waits for a publisher in the middle of its event")
  func secondSignal() async throws {
    try await withRunningProgram(sse, ["serve", "--port", "0"]) { program in
      let port = try await program.port()
      let reader = try await read(port, "/events")
      let publisher = try await RawConnection.connect(port: port)
      let lines = ["POST /publish HTTP/1.1", "Host: localhost", "Content-Length: 2", "Expect: 100-continue"]
      try await publisher.write(lines.joined(separator: "\r\n") + "\r\n\r\n")
      try await publisher.read(through: " 100 Continue\r\n\r\n")
      program.send(SIGTERM)
      // It has heard the first: two that come together would be one.
      _ = try await reader.readToEnd()
      #expect(program.exitStatus == nil)
      program.send(SIGTERM)
      // Half of what the first would wait.
      try await eventually("it ends", within: .seconds(5)) { program.exitStatus == 0 }
      publisher.close()
    }
  }

  @Test("--verbose tells of each response, and never of a token")
  func verbose() async throws {
    try await withRunningProgram(sse, ["serve", "--port", "0", "-v", "--publish-token", "p"]) { program in
      let port = try await program.port()
      _ = try await ask(port, "POST", "/publish?access_token=p", body: "x")
      let line = try await program.output(matching: /sse: (127\.0\.0\.1 POST .* 202)/)
      #expect(line == "127.0.0.1 POST /publish 202")
    }
  }

  @Test("--gzip compresses the streams of those who ask for it")
  func compression() async throws {
    try await withRunningProgram(sse, ["serve", "--port", "0", "--gzip"]) { program in
      let port = try await program.port()
      _ = try await ask(port, "POST", "/publish", body: "hello")
      let url = "http://127.0.0.1:\(port)/events?lastEventID=earliest"
      let coded = try await Program.run(sse, ["listen", url, "--compressed", "--max", "1", "-v", "--no-proxy"])
      #expect(coded.output == "hello\n")
      #expect(coded.errors.lowercased().contains("content-encoding: gzip"))
      let plain = try await Program.run(sse, ["listen", url, "--max", "1", "-v", "--no-proxy"])
      #expect(plain.output == "hello\n")
      #expect(!plain.errors.lowercased().contains("content-encoding"))
    }
  }

  @Test("--max-connections refuses a further one with 503")
  func mostConnections() async throws {
    try await withRunningProgram(sse, ["serve", "--port", "0", "--max-connections", "1"]) { program in
      let port = try await program.port()
      let reader = try await read(port, "/events")
      #expect(try await ask(port, "GET", "/healthz").status == 503)
      reader.close()
    }
  }

  @Test("--history is what a topic holds, --lag what becomes of a reader that resumes too late")
  func history() async throws {
    try await withRunningProgram(sse, ["serve", "--port", "0", "--history", "2"]) { program in
      let port = try await program.port()
      for number in 1...3 { _ = try await ask(port, "POST", "/publish", body: "\(number)") }
      let reader = try await read(port, "/events?lastEventID=earliest")
      #expect(!(try await reader.read(through: "data: 3\n\n")).contains("data: 1\n"))
    }
  }

  @Test("without a certificate SIGHUP ends it, as when its terminal is closed")
  func hangUp() async throws {
    try await withRunningProgram(sse, ["serve", "--port", "0"]) { program in
      _ = try await program.port()
      program.send(SIGHUP)
      try await eventually("it ends") { program.exitStatus == SIGHUP }
    }
  }

  @Test("it speaks https, and takes a new certificate on SIGHUP")
  func tls() async throws {
    let certificate = [
      "--tls-cert", try TestCertificates.file("valid"), "--tls-key", try TestCertificates.file("valid", isKey: true),
    ]
    try await withRunningProgram(sse, ["serve", "--port", "0"] + certificate) { program in
      let url = try await program.output(matching: /(https:\/\/\S+:\d+)\n/)
      let trust = ["--cacert", try TestCertificates.file("authority"), "--no-proxy"]
      let published = try await Program.run(sse, ["publish", url, "hello", "--ids"] + trust)
      #expect(published.errors == "")
      #expect(published.status == 0)
      try await program.sendOnceCaught(SIGHUP)
      _ = try await program.output(matching: /(the certificate was read again)/)
      let read = try await Program.run(
        sse, ["listen", "\(url)/events?lastEventID=earliest", "--max", "1"] + trust)
      #expect(read.output == "hello\n")
    }
  }
}
