extension OpenSSL {
  /// The SHA-256 of the peer's public key with its algorithm (SubjectPublicKeyInfo, RFC 5280, 4.1.2.7), by which keys
  /// are pinned: it stays when a certificate is renewed for the same key.
  func peerKeyDigest(of session: Session) -> [UInt8]? {
    guard let certificate = peerCertificate(session) else { return nil }
    defer { certificateFree(certificate) }
    guard let key = certificateKey(certificate) else { return nil }
    let size = encodeKey(key, nil)
    guard size > 0 else { return nil }
    let encoded = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
      // It moves the pointer that it is given past what it has written.
      var end = buffer.baseAddress
      count = Int(max(0, encodeKey(key, &end)))
    }
    var result = [UInt8](repeating: 0, count: 32)
    guard digest(encoded, encoded.count, &result, nil, sha256(), nil) == 1 else { return nil }
    return result
  }
}

/// Base64 of a digest, as pins are written (RFC 4648, 4).
func base64(_ bytes: [UInt8]) -> String {
  let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  var text: [UInt8] = []
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let group = bytes[start..<min(start + 3, bytes.count)]
    let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
    for place in 0..<4 {
      text.append(place <= group.count ? digits[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
    }
  }
  return String(decoding: text, as: UTF8.self)
}
