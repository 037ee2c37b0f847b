/// An alert with which a peer ends a TLS connection (RFC 8446, 6).
package struct TLSAlert: Hashable, Sendable, CustomStringConvertible {
  package let number: UInt8

  package init(number: UInt8) { self.number = number }

  /// Its name in the standard; the number of one that is not known here.
  package var description: String { Self.names[number] ?? "alert \(number)" }

  /// Whether it is about the certificate that this side showed, or did not show.
  package var concernsCertificate: Bool { Self.certificateNumbers.contains(number) }

  private static let certificateNumbers: Set<UInt8> = [42, 43, 44, 45, 46, 48, 49, 116]

  private static let names: [UInt8: String] = [
    10: "unexpected_message", 20: "bad_record_mac", 22: "record_overflow", 40: "handshake_failure",
    42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired",
    46: "certificate_unknown", 47: "illegal_parameter", 48: "unknown_ca", 49: "access_denied", 50: "decode_error",
    51: "decrypt_error", 70: "protocol_version", 71: "insufficient_security", 80: "internal_error",
    90: "user_canceled", 109: "missing_extension", 110: "unsupported_extension", 112: "unrecognized_name",
    116: "certificate_required", 120: "no_application_protocol",
  ]
}
