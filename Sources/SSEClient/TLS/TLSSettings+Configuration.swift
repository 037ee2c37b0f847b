import SSESockets

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension TLSSettings {
  /// The settings as the sockets' TLS takes them.
  func configuration() throws(TLSError) -> TLSClientConfiguration {
    var configuration = TLSClientConfiguration()
    configuration.trust = trust.kind
    for pin in pinnedPublicKeys { configuration.pinnedKeys.insert(try Self.digest(pin)) }
    configuration.certificate = clientCertificate.map {
      TLSCertificateFiles(chain: $0.chainFile, key: $0.privateKeyFile)
    }
    configuration.library = library
    return configuration
  }

  private static let pinPrefix = "sha256//"

  private static func digest(_ pin: String) throws(TLSError) -> [UInt8] {
    guard pin.hasPrefix(pinPrefix), let digest = Data(base64Encoded: String(pin.dropFirst(pinPrefix.count))),
      digest.count == 32
    else {
      throw .invalidSetting("the pinned public key '\(pin)' is not sha256// and the base64 of a SHA-256")
    }
    return [UInt8](digest)
  }
}
