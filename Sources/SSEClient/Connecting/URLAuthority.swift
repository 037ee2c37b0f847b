import SSEHTTP1
import SSESockets

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `[ userinfo "@" ] host [ ":" port ]` (RFC 3986, 3.2).
struct URLAuthority: Sendable, Hashable {
  /// Lowercase, ASCII, without the brackets of an IPv6 address; empty where none is named.
  let host: String
  /// As written, so it may be no port; nil where none is named.
  let port: Int?
  private let userInformation: Substring

  /// Nil where host or port cannot be read.
  init?(_ text: String) {
    // Bytes, not characters, as in `URLReference`. The last "@": one in a password may stand as it is (URL Standard,
    // 4.4).
    let bytes = text.utf8
    let mark = bytes.lastIndex(of: UInt8(ascii: "@"))
    userInformation = mark.map { text[..<$0] } ?? ""
    let rest = mark.map { bytes[bytes.index(after: $0)...] } ?? bytes[...]
    let name: Substring.UTF8View
    if rest.first == UInt8(ascii: "["), let bracket = rest.firstIndex(of: UInt8(ascii: "]")) {
      name = rest[...bracket]
    } else {
      name = rest.prefix { $0 != UInt8(ascii: ":") }
    }
    let portBytes = rest[name.endIndex...]
    guard portBytes.first ?? UInt8(ascii: ":") == UInt8(ascii: ":"),
      portBytes.dropFirst().allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 })
    else { return nil }
    // A colon without a number is the scheme's own port.
    let portText = Substring(portBytes.dropFirst())
    port = portText.isEmpty ? nil : Int(portText) ?? .max
    guard let host = Self.host(Substring(name)) else { return nil }
    self.host = host
  }

  /// Nil where the text is no host.
  private static func host(_ text: Substring) -> String? {
    if text.isEmpty { return "" }
    if text.utf8.first == UInt8(ascii: "[") {
      // Why they are no address does not matter: the URL as a whole is shown.
      guard let address = try? SocketAddress(numericHost: String(text.dropFirst().dropLast()), port: 0),
        case .ipv6 = address
      else { return nil }
      return address.host
    }
    guard let name = PercentCoding.decoded(text).flatMap(inASCII)?.lowercased(), !name.isEmpty,
      name.utf8.allSatisfy(isHostByte)
    else { return nil }
    return name
  }

  /// Names beyond ASCII become Punycode (RFC 5891) where Foundation knows it; nil where it does not.
  private static func inASCII(_ name: String) -> String? {
    if name.utf8.allSatisfy({ $0 < 0x80 }) { return name }
    var components = URLComponents()
    components.host = name
    return components.encodedHost
  }

  /// The forbidden domain code points of the URL Standard (3.2) are left out, and all beyond ASCII.
  private static func isHostByte(_ byte: UInt8) -> Bool {
    0x21...0x7E ~= byte && !##"#%/:<>?@[\]^|"##.utf8.contains(byte)
  }

  /// User and password for `Authorization` or `Proxy-Authorization` (RFC 7617); nil where both are empty (URL Standard,
  /// 4.1).
  var basicCredentials: String? {
    let parts = userInformation.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
      .map { Substring($0) }
    let decoded = parts.map { PercentCoding.decoded($0) ?? String($0) }
    let credentials = "\(decoded.first ?? ""):\(decoded.count > 1 ? decoded[1] : "")"
    return credentials == ":" ? nil : "Basic " + Data(credentials.utf8).base64EncodedString()
  }
}
