/// Numbers of OpenSSL's headers that are the same in 1.1 and 3, by their names there.
enum OpenSSLConstant {
  /// OPENSSL_VERSION_NUMBER of 3.0.0.
  static let version3: UInt = 0x3000_0000
  /// OPENSSL_INIT_NO_ATEXIT.
  static let withoutExitHandler: UInt64 = 0x0008_0000

  /// SSL_CTRL_…
  enum Control {
    static let mode: Int32 = 33
    static let sessionCacheMode: Int32 = 44
    static let serverName: Int32 = 55
    static let leastVersion: Int32 = 123
  }

  /// TLS1_2_VERSION.
  static let tls12 = 0x0303
  /// TLSEXT_NAMETYPE_host_name.
  static let hostName = 0

  /// SSL_MODE_…
  enum Mode {
    static let partialWrite = 0x1
    static let movingWriteBuffer = 0x2
    static let releaseBuffers = 0x10
  }

  /// SSL_OP_…
  enum Option {
    static let noCompression: UInt = 1 << 17
    static let noRenegotiation: UInt = 1 << 30
  }

  /// SSL_VERIFY_…
  enum Verify {
    static let none: Int32 = 0
    static let peer: Int32 = 1
    static let failWithoutPeer: Int32 = 2
  }

  /// X509_CHECK_FLAG_…
  enum HostFlag {
    static let noPartialWildcards: UInt32 = 0x4
    static let neverCheckSubject: UInt32 = 0x20
  }

  /// X509_V_FLAG_PARTIAL_CHAIN.
  static let partialChain: UInt = 0x80000
  /// SSL_FILETYPE_PEM.
  static let pem: Int32 = 1

  /// SSL_ERROR_…
  enum SessionError {
    static let wantsRead: Int32 = 2
    static let wantsWrite: Int32 = 3
    static let zeroReturn: Int32 = 6
  }

  /// X509_V_ERR_…
  enum VerifyError {
    static let ok = 0
    static let noIssuer = 2
    static let notYetValid = 9
    static let expired = 10
    static let selfSigned = 18
    static let selfSignedInChain = 19
    static let noLocalIssuer = 20
    static let leafUnverifiable = 21
    static let hostMismatch = 62
    static let addressMismatch = 64
  }

  /// BIO_CTRL_…
  enum BIOControl {
    static let reset: Int32 = 1
    static let info: Int32 = 3
  }

  /// SSL_TLSEXT_ERR_…
  enum Extension {
    static let ok: Int32 = 0
    static let fatalAlert: Int32 = 2
  }

  /// ERR_LIB_SSL; SSL_AD_REASON_OFFSET, above which a reason is a peer's alert.
  static let sslLibrary: UInt = 20
  static let alertOffset: UInt = 1_000
}
