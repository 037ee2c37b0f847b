import SSEHTTP1
import SSETestSupport
import Testing

@testable import SSEClient

/// Compressed streams. The bytes were made by Python's zlib, flushed after each event.
@Suite struct ContentCodingTests {
  struct Coded: Sendable {
    var coding: String
    /// `data: 1`, `data: 2`, and the coding's end.
    var parts: [String]
  }

  static let coded = [
    Coded(
      coding: "gzip",
      parts: [
        "1f8b08000000000002034a492c49b45230e4e202000000ffff", "4a01338cb8b800000000ffff", "0300062d008f12000000",
      ]),
    Coded(
      coding: "X-GZip",
      parts: [
        "1f8b08000000000002034a492c49b45230e4e202000000ffff", "4a01338cb8b800000000ffff", "0300062d008f12000000",
      ]),
    Coded(
      coding: "deflate", parts: ["78da4a492c49b45230e4e202000000ffff", "4a01338cb8b800000000ffff", "030030b80474"]),
    // What some servers mean by it.
    Coded(coding: "deflate", parts: ["4a492c49b45230e4e202000000ffff", "4a01338cb8b800000000ffff", "0300"]),
  ]

  static func bytes(_ digits: String) -> [UInt8] {
    stride(from: 0, to: digits.count, by: 2).compactMap { offset in
      UInt8(digits.dropFirst(offset).prefix(2), radix: 16)
    }
  }

  static func head(_ coding: String) -> [UInt8] {
    Array("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: \(coding)\r\n\r\n".utf8)
  }

  @Test("C83: each event is delivered when its flush has come, and the end is a normal one", arguments: coded)
  func flushed(row: Coded) {
    let parts = row.parts.map(Self.bytes)
    for size in [1, Int.max] {
      var driver = SessionDriver()
      #expect(driver.connect(Self.head(row.coding)) == [.opened])
      #expect(driver.receive(parts[0], inPiecesOf: size) == [.event("1")])
      #expect(driver.receive(parts[1], inPiecesOf: size) == [.event("2")])
      #expect(driver.receive(parts[2], inPiecesOf: size) == [])
      #expect(driver.end().contains(.interrupted("ended", retryAfter: .seconds(3))))
    }
  }

  @Test("C84: a body whose coding was not ended is cut, wherever it ends", arguments: coded)
  func cutOff(row: Coded) {
    let body = row.parts.flatMap(Self.bytes)
    for count in 1..<body.count {
      var driver = SessionDriver()
      var steps = driver.connect(Self.head(row.coding) + body[..<count])
      steps += driver.end()
      #expect(steps.contains(.interrupted("cut", retryAfter: .seconds(3))), "after \(count) bytes")
    }
  }

  @Test("C84: broken data is an error, after what came before it")
  func broken() {
    var driver = SessionDriver()
    let first = Self.bytes(Self.coded[0].parts[0])
    let steps = driver.connect(Self.head("gzip") + first + [0xFF, 0xFF, 0xFF])
    #expect(steps == [.opened, .event("1"), .failed("contentDecodingFailed")])
    var other = SessionDriver()
    #expect(
      other.connect(Self.head("gzip") + Array("data: 1\n\n".utf8)) == [.opened, .failed("contentDecodingFailed")])
  }

  @Test("C83: Accept-Encoding is sent where it is asked for only, and the caller's own stays")
  func acceptEncoding() throws {
    var driver = SessionDriver()
    _ = driver.step()
    #expect(try driver.request().fields["Accept-Encoding"] == nil)
    var configuration = EventClientConfiguration()
    configuration.acceptsContentCodings = true
    driver = SessionDriver(configuration: configuration)
    _ = driver.step()
    #expect(try driver.request().fields["Accept-Encoding"] == "gzip, deflate")
    let request = EventRequest("http://h/", headers: ["accept-encoding": "gzip"])
    driver = SessionDriver(request, configuration: configuration)
    _ = driver.step()
    #expect(try driver.request().fields.values(of: "Accept-Encoding") == ["gzip"])
  }

  @Test(
    "C85: another coding, and one on top of another, is an error", arguments: ["br", "zstd", "gzip, gzip", "gzip, br"])
  func unknown(coding: String) {
    var driver = SessionDriver()
    _ = driver.connect(Self.head(coding) + [1, 2, 3])
    driver.session.received(.endOfFile)
    #expect(driver.step() == .failed("unsupportedContentCoding"))
  }

  @Test("C5: the body of a refusal is decoded too, so that it can be read")
  func refusal() throws {
    var driver = SessionDriver()
    let head = "HTTP/1.1 400 Bad\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n\r\n"
    _ = driver.connect(Array(head.utf8) + Self.coded[0].parts.flatMap(Self.bytes))
    driver.session.received(.endOfFile)
    do throws(EventClientError) {
      _ = driver.session.nextMessage()
      _ = try driver.session.nextAction()
      Issue.record("no error")
    } catch {
      #expect(error.refusal?.text == "data: 1\n\ndata: 2\n\n")
    }
  }
}
