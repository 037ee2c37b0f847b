import Foundation
import SSEServer
import SSETestSupport
import Testing

@testable import SSECommandLine

@Suite("sse publish", .timeLimit(.minutes(2)))
struct PublishTests {
  @Test("ten thousand lines come to the topic in their order, over few connections, each with its ID")
  func lines() async throws {
    let count = 10_000
    try await withRunningProgram(sse, ["serve", "--port", "0", "--history", "\(count)", "-v"]) { hub in
      let url = "http://127.0.0.1:\(try await hub.port())"
      let published = try await Program.run(
        "sh", ["-c", "seq \(count) | '\(sse)' publish \(url) --topic n --ids --no-proxy"])
      #expect(published.status == 0)
      #expect(published.errors.contains("sse: \(count) events in "))
      let ids = published.output.split(separator: "\n")
      #expect(ids.count == count)
      #expect(ids.last?.hasSuffix("-\(count)") == true)
      let read = try await Program.run(
        sse, ["listen", "\(url)/events?topic=n&lastEventID=earliest", "--max", "\(count)", "--no-proxy"])
      #expect(read.output == (1...count).map { "\($0)\n" }.joined())
    }
  }

  @Test("what is posted: the data as it is, as text, with the token, over one connection that is kept")
  func requests() async throws {
    let listener = try RawListener()
    async let result = Program.run(
      "sh", ["-c", "printf 'a\\r\\n\\nüb' | '\(sse)' publish '\(listener.url)/x?y' --type t --token s --no-proxy"])
    let peer = try await listener.accept()
    for data in ["a", "", "üb"] {
      let head = try await peer.read(through: "\r\n\r\n")
      #expect(head.hasPrefix("POST /x?y&type=t HTTP/1.1\r\n"))
      #expect(head.contains("\r\nAuthorization: Bearer s\r\n"))
      #expect(head.contains("\r\nContent-Type: text/plain; charset=utf-8\r\n"))
      #expect(head.contains("\r\nContent-Length: \(data.utf8.count)\r\n"))
      #expect(try await peer.read(count: data.utf8.count) == Array(data.utf8))
      try await peer.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    }
    #expect(try await peer.ending() == .endOfFile)
    let ended = try await result
    #expect(ended.status == 0)
    #expect(ended.output == "")
    #expect(ended.errors.hasPrefix("sse: 3 events in "))
  }

  @Test("one event is published without a word")
  func single() async throws {
    let listener = try RawListener()
    async let result = Program.run(sse, ["publish", listener.url, "hello", "--no-proxy"])
    let peer = try await listener.accept()
    #expect(try await peer.read(through: "hello").hasPrefix("POST /publish HTTP/1.1\r\n"))
    try await peer.write("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
    let ended = try await result
    #expect(ended.status == 0 && ended.output == "" && ended.errors == "")
  }

  @Test("it ends with the first line that is refused, and says which and why; or goes on, if told to")
  func refused() async throws {
    try await withHub { hub, port in
      let input = #"printf 'a\nb\377\nc\n'"#
      let publish = "'\(sse)' publish http://127.0.0.1:\(port) --no-proxy"
      let ended = try await Program.run("sh", ["-c", "\(input) | \(publish) --topic a"])
      #expect(ended.status == 1)
      let refusal = "sse: line 2: the server answered 400 Bad Request: the body is not UTF-8\n"
      #expect(ended.errors.hasPrefix("\(refusal)sse: 1 event in"))
      #expect(try await hub.topics.topic("a", for: .reader).metrics().eventsPublished == 1)
      let wentOn = try await Program.run("sh", ["-c", "\(input) | \(publish) --topic b --keep-going"])
      #expect(wentOn.status == 1)
      #expect(wentOn.errors.hasSuffix("/s), 1 failed\n"))
      #expect(try await hub.topics.topic("b", for: .reader).metrics().eventsPublished == 2)
    }
  }

  @Test("a refusal that is no hub's is told by its beginning, on one line")
  func otherServer() async throws {
    let listener = try RawListener()
    async let result = Program.run(sse, ["publish", listener.url, "x", "--no-proxy"])
    let peer = try await listener.accept()
    try await peer.read(through: "\r\n\r\nx")
    try await peer.write("HTTP/1.1 404 Not Found\r\nContent-Length: 11\r\n\r\n<p>\nno\n</p>")
    let ended = try await result
    #expect(ended.status == 1)
    #expect(ended.errors == "sse: the server answered 404 Not Found: <p> no </p>\n")
  }

  @Test("that a server is not verified is said once, over however many connections")
  func insecure() async throws {
    let certificate = try TestCertificates.file("valid")
    let key = try TestCertificates.file("valid", isKey: true)
    try await withRunningProgram(
      sse, ["serve", "--port", "0", "--tls-cert", certificate, "--tls-key", key]
    ) { hub in
      let url = try await hub.output(matching: /(https:\/\/\S+:\d+)\n/)
      // A connection carries 1,000 requests.
      let published = try await Program.run("sh", ["-c", "seq 1100 | '\(sse)' publish \(url) -k --no-proxy"])
      #expect(published.status == 0)
      #expect(published.errors.matches(of: /without verification/).count == 1)
    }
  }

  @Test("a redirect is no answer to an event: it says where to")
  func redirect() async throws {
    let listener = try RawListener()
    async let result = Program.run(sse, ["publish", listener.url, "x", "--no-proxy"])
    let peer = try await listener.accept()
    try await peer.read(through: "\r\n\r\nx")
    try await peer.write("HTTP/1.1 301 Moved Permanently\r\nLocation: https://h/p\r\nContent-Length: 0\r\n\r\n")
    #expect(try await result.errors == "sse: the server answered 301 Moved Permanently; it names https://h/p\n")
  }

  @Test("where the server goes in the middle of the lines it says with which; a token in the URL it does not say")
  func gone() async throws {
    let listener = try RawListener()
    let command = "seq 3 | '\(sse)' publish '\(listener.url)/p?access_token=secret&x=1' --no-proxy"
    async let result = Program.run("sh", ["-c", command])
    let peer = try await listener.accept()
    try await peer.read(through: "\r\n\r\n1")
    try await peer.write("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
    try await peer.read(through: "\r\n\r\n2")
    peer.close()
    let ended = try await result
    #expect(ended.status == 1)
    #expect(ended.errors.hasPrefix("sse: line 2: \(listener.url)/p?access_token=…&x=1: the server closed"))
    #expect(ended.errors.hasSuffix("/s), 1 failed\n"))
  }

  @Test("where nothing listens it says so")
  func unreachable() async throws {
    let ended = try await Program.run(sse, ["publish", "http://127.0.0.1:1", "x", "--no-proxy"])
    #expect(ended.status == 1)
    #expect(ended.errors.contains("refused; is the server running there?"))
  }

  @Test("on a terminal a line tells how far it has come, and gives way to the sum at the end")
  func progress() async throws {
    try await withHub { _, port in
      // Lines that come for longer than the line takes to be shown.
      let lines = "for number in 1 2 3 4 5 6; do echo $number; sleep 0.1; done"
      let command = "(\(lines)) | '\(sse)' publish http://127.0.0.1:\(port) --no-proxy"
      let ended = try await Program.run("script", ["-qec", command, "/dev/null"], environment: ["NO_COLOR": "1"])
      #expect(ended.status == 0)
      let shown = ended.output.components(separatedBy: "\r\u{1B}[K")
      #expect(shown.count >= 3)
      #expect(shown[1].firstMatch(of: /^[1-6] events? in \d\.\d s \(\d+\/s\)$/) != nil)
      #expect(shown.last?.hasPrefix("sse: 6 events in ") == true)
    }
  }

  @Test("nobody need read the IDs to the end")
  func idsCutOff() async throws {
    try await withHub { hub, port in
      let command = "seq 100 | '\(sse)' publish http://127.0.0.1:\(port) --no-proxy --ids | head -1"
      let ended = try await Program.run("bash", ["-o", "pipefail", "-c", command])
      #expect(ended.status == 0)
      let published = try await hub.topics.topic("default", for: .reader).metrics().eventsPublished
      #expect(published == 100)
    }
  }

  @Test("a signal ends it while it waits for a line, and while it waits for an answer", arguments: [false, true])
  func signal(hasLine: Bool) async throws {
    let listener = try RawListener()
    try await withFolder { folder in
      let pipe = folder.appending(path: "pipe").path()
      try #require(mkfifo(pipe, 0o600) == 0)
      // Somebody who might write more.
      let writer = try FileHandle(forUpdating: URL(fileURLWithPath: pipe))
      if hasLine { try writer.write(contentsOf: Data("a\n".utf8)) }
      let command = "exec '\(sse)' publish \(listener.url) --no-proxy < '\(pipe)'"
      try await withRunningProgram("sh", ["-c", command]) { program in
        let peer = hasLine ? try await listener.accept() : nil
        try await program.sendOnceCaught(SIGTERM)
        try await eventually("it ends") { program.exitStatus == 143 }
        peer?.close()
      }
      try writer.close()
    }
  }
}
