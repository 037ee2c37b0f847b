/// Why a body cannot be decoded.
package enum ContentCodingError: Error, Hashable, CustomStringConvertible {
  /// zlib is not there, or is not what is expected under its name; what the loader said.
  case unavailable(String)
  case outOfMemory
  /// The data breaks the coding's format, or does not fit its checksum; what zlib found.
  case malformed(ContentCoding, String)
  /// More than `limit` bytes were decoded since one of them was of use: a bomb, not a stream.
  case expandsTooFar(limit: Int)

  package var description: String {
    switch self {
    case .unavailable(let reason):
      "compressed bodies need zlib, which cannot be loaded (\(reason)); install it (Debian, Ubuntu: zlib1g; Fedora, "
        + "Alpine: zlib), or do not ask for compression"
    case .outOfMemory: "there is no memory to decode the body"
    case .malformed(let coding, let what): "the body is not valid \(coding): \(what)"
    case .expandsTooFar(let limit):
      "the compressed body expands to more than \(limit) bytes without anything of use among them"
    }
  }
}
