import Foundation
import SSEHTTP1
import SSETestSupport

@testable import SSEServer

/// A reader that asked for gzip. What it gets is decoded as it comes, by the decoder that the client has.
final class GzipReader {
  let connection: RawConnection
  let head: String
  /// The sizes of the chunks so far.
  private(set) var chunkSizes: [Int] = []
  /// Whether the last chunk has come.
  private(set) var hasLastChunk = false
  private let isChunked: Bool
  private var decoder: ContentDecoder
  private var text = Data()
  /// What has come and is no whole chunk yet.
  private var received: [UInt8]

  init(
    _ path: String, at baseURL: URL, version: String = "1.1", headers: String = "", receiveBuffer: Int32? = nil
  ) async throws {
    connection = try await .get(
      path, at: baseURL, version: version, headers: "Accept-Encoding: gzip\r\n\(headers)", receiveBuffer: receiveBuffer)
    head = try await connection.readHead()
    isChunked = head.contains("Transfer-Encoding: chunked\r\n")
    guard head.contains("Content-Encoding: gzip\r\n") else { throw NotCompressed(head: head) }
    decoder = try ContentDecoder(.gzip, longestUnused: .max)
    received = connection.receivedBytes()
    try decode()
  }

  /// Whether the member has ended, with a checksum that is right.
  var isAtEnd: Bool { decoder.isAtEnd }

  /// The decoded text up to and including a marker, once that can be decoded.
  @discardableResult
  func read(through marker: String) async throws -> String {
    var searched = 0
    while true {
      if let range = text.range(of: Data(marker.utf8), in: searched..<text.count) {
        defer { text = Data(text[range.upperBound...]) }
        return String(decoding: text[..<range.upperBound], as: UTF8.self)
      }
      searched = max(0, text.count - marker.utf8.count)
      guard try await decodeMore() else {
        throw Ended(waitingFor: marker, received: String(decoding: text, as: UTF8.self))
      }
    }
  }

  /// All that is left of the stream, to its last chunk or to the end of the connection.
  func readToEnd() async throws -> String {
    while try await decodeMore() {}
    defer { text = Data() }
    return String(decoding: text, as: UTF8.self)
  }

  private func decodeMore() async throws -> Bool {
    guard !hasLastChunk, let more = try await connection.receive() else { return false }
    received += more
    try decode()
    return true
  }

  /// Decodes what has come; of a chunked stream the whole chunks.
  private func decode() throws {
    if isChunked {
      while let chunk = try nextChunk() { decoder.append(chunk) }
    } else {
      decoder.append(received[...])
      received = []
    }
    while let bytes = try decoder.next() { text += bytes }
  }

  /// Nil until it has come to its end, and after the last one.
  private func nextChunk() throws -> ArraySlice<UInt8>? {
    guard !hasLastChunk, let line = received.prefix(20).firstRange(of: Array("\r\n".utf8)) else { return nil }
    let digits = String(decoding: received[..<line.lowerBound], as: UTF8.self)
    guard let size = Int(digits, radix: 16) else { throw NoChunk(line: digits) }
    let rest = received[line.upperBound...]
    guard rest.count >= size + 2 else { return nil }
    let chunk = rest.prefix(size)
    guard rest.dropFirst(size).prefix(2).elementsEqual("\r\n".utf8) else { throw NoChunk(line: digits) }
    received = Array(rest.dropFirst(size + 2))
    hasLastChunk = size == 0
    if size > 0 { chunkSizes.append(size) }
    return hasLastChunk ? nil : chunk
  }

  struct NotCompressed: Error { var head: String }
  struct NoChunk: Error { var line: String }
  struct Ended: Error { var waitingFor: String, received: String }
}

extension EventServerConfiguration {
  /// The defaults, with compression.
  static var compressing: EventServerConfiguration {
    var configuration = EventServerConfiguration()
    configuration.compression = .gzip
    return configuration
  }
}
