import SSEClient
import SSEHTTP1

extension CommandOption {
  static let authorities = CommandOption(
    "cacert", value: "FILE", "Trust the certificate authorities in this file and no others.")
  static let pinnedPublicKey = CommandOption(
    "pinnedpubkey", value: "HASH",
    """
    Accept only a server with this public key, sha256//BASE64. May be
    given several times. With --insecure the key alone counts.
    """)
  static let insecure = CommandOption(
    "insecure", short: "k", "Trust any certificate. Whoever is in between can read everything.")
  static let certificate = CommandOption(
    "cert", short: "E", value: "FILE", "Show this certificate to a server that asks for one.")
  static let privateKey = CommandOption("key", value: "FILE", "Its private key, where it is in a file of its own.")
  static let proxy = CommandOption(
    "proxy", short: "x", value: "URL", "Go through this proxy, and not the one that the environment names.")
  static let noProxy = CommandOption("no-proxy", "Go through no proxy.")
  static let unixSocket = CommandOption(
    "unix-socket", value: "PATH", "Connect to this socket; the URL's host is still sent.")

  static let compressed = CommandOption(
    "compressed", "Ask for a compressed stream; what is in between may then hold events back.")

  static let header = CommandOption(
    "header", short: "H", value: "'NAME: VALUE'", "Send this header field. May be given several times.")

  /// How to connect; the names are curl's.
  static let connection = [
    authorities, pinnedPublicKey, insecure, certificate, privateKey, proxy, noProxy, unixSocket, compressed,
  ]
}

extension HeaderFields {
  /// Those of `--header`.
  init(_ arguments: Arguments) throws(UsageError) {
    self.init()
    for text in arguments.values(of: .header) {
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, Token.isValid(parts[0]), Token.isFieldValue(parts[1]) else {
        throw .badValue(option: CommandOption.header.word, text, expected: "a header field, 'Name: value'")
      }
      append(String(parts[0]), String(Token.trimmed(parts[1])))
    }
  }
}

extension EventClientConfiguration {
  /// What the command line says of connections.
  init(_ arguments: Arguments) throws(UsageError) {
    self.init(tls: try TLSSettings(arguments))
    if let url = try arguments.value(of: .proxy) {
      try arguments.refuse(.noProxy, with: .proxy)
      proxy = .url(url)
    } else if arguments.has(.noProxy) {
      proxy = .none
    }
    unixSocketPath = try arguments.value(of: .unixSocket)
    acceptsContentCodings = arguments.has(.compressed)
  }
}

extension TLSSettings {
  fileprivate init(_ arguments: Arguments) throws(UsageError) {
    self.init(pinnedPublicKeys: Set(arguments.values(of: .pinnedPublicKey)))
    if let file = try arguments.value(of: .authorities) {
      try arguments.refuse(.insecure, with: .authorities)
      trust = .certificateAuthorities(file: file)
    } else if arguments.has(.insecure) {
      trust = pinnedPublicKeys.isEmpty ? .insecureWithoutVerification : .pinnedPublicKeys
    }
    let key = try arguments.value(of: .privateKey)
    if let chain = try arguments.value(of: .certificate) {
      clientCertificate = ClientCertificate(chainFile: chain, privateKeyFile: key ?? chain)
    } else if key != nil {
      throw .missingArgument("--cert, which --key belongs to,")
    }
  }
}

extension EventClientError {
  /// The error, with the option that stands for what it, speaking to a program, advises to set.
  var advice: String { "\(self)\(option.map { "; here: \($0.word)" } ?? "")" }

  private var option: CommandOption? {
    guard case .secureConnectionFailed(let failure, _) = self else { return nil }
    return switch failure.kind {
    case .selfSigned, .unknownAuthority: .authorities
    case .unexpectedPublicKey: .pinnedPublicKey
    case .refusedByServer: .certificate
    default: nil
    }
  }
}
