@testable import SSEHTTP1

/// Bodies as Python's zlib 1.2.13 makes them (`zlib.compressobj(9, zlib.DEFLATED, 31)`; 15 for zlib, -15 for raw
/// deflate): three events, each flushed with `Z_SYNC_FLUSH`, then what ends the body.
enum CodedBodies {
  static let events = ["data: one\n\n", "data: two\n\n", "data: three\n\n"]

  static let gzip = [
    bytes("1f8b08000000000002034a492c49b452c8cf4be5e202000000ffff"), bytes("4a01334bcaf3b9b800000000ffff"),
    bytes("8232338a5281e200000000ffff"), bytes("03005f37ca2723000000"),
  ]
  static let zlib = [
    bytes("78da4a492c49b452c8cf4be5e202000000ffff"), bytes("4a01334bcaf3b9b800000000ffff"),
    bytes("8232338a5281e200000000ffff"), bytes("0300c8ff0acd"),
  ]
  static let rawDeflate = [
    bytes("4a492c49b452c8cf4be5e202000000ffff"), bytes("4a01334bcaf3b9b800000000ffff"),
    bytes("8232338a5281e200000000ffff"), bytes("0300"),
  ]

  /// The first event in a stored block: level 0.
  static let stored = bytes("1f8b0800000000000403010b00f4ff646174613a206f6e650a0a3d9ea39b0b000000")
  /// The first event behind a header with each optional part of RFC 1952: extra field, name, comment, checksum.
  static let longHeader = bytes(
    "1f8b081e0000000000030400616200006e616d6500636f6d6d656e74004a674b492c49b452c8cf4be5e202003d9ea39b0b000000")
  /// The first event with a preset dictionary, which HTTP has no way to agree on.
  static let withDictionary = bytes("78f916c3034b4b41300116c3034b")

  /// A member of 64 KiB of line feeds.
  static let blankLines =
    bytes("1f8b0800000000000203edc1210100000080a0eeffc11e010a") + [UInt8](repeating: 0, count: 63)
    + bytes("6aefe29bef00000100")

  private static func bytes(_ digits: String) -> [UInt8] {
    var result: [UInt8] = []
    var high: UInt8?
    for digit in digits.utf8 {
      guard let value = Hexadecimal.value(of: digit) else { preconditionFailure("no hexadecimal digit") }
      if let first = high {
        result.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return result
  }
}

/// What a decoder made of a body.
struct DecodedBody: Hashable {
  var text = ""
  var isAtEnd = false
  var error: ContentCodingError?

  init(
    _ pieces: [[UInt8]], _ coding: ContentCoding, longestUnused: Int = 1_048_576
  ) throws(ContentCodingError) {
    var output: [UInt8] = []
    var decoder = try ContentDecoder(coding, longestUnused: longestUnused)
    do throws(ContentCodingError) {
      for piece in pieces {
        decoder.append(piece[...])
        while let bytes = try decoder.next() { output += bytes }
      }
      isAtEnd = decoder.isAtEnd
    } catch {
      self.error = error
    }
    text = String(decoding: output, as: UTF8.self)
  }

  init(text: String, isAtEnd: Bool, error: ContentCodingError? = nil) {
    self.text = text
    self.isAtEnd = isAtEnd
    self.error = error
  }
}
