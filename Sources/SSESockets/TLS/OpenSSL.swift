/// The functions of OpenSSL that are used here, found at run time in version 3 or 1.1: only documented ones that both
/// have, with the same types. Macros of its headers are calls of a `…_ctrl` function with the numbers of
/// `OpenSSLConstant`. Of OpenSSL's objects only pointers are held, so no layout of a structure matters.
///
/// The table is filled once. Errors are in a queue of the calling thread: it is cleared before each call whose failure
/// matters, and read right after it.
final class OpenSSL: @unchecked Sendable {
  // Proof of Sendable: every member is a constant, a pointer to code that OpenSSL documents as callable from any
  // thread. Whether an object may be used by two threads at once is up to the type that holds the object.
  typealias Context = OpaquePointer
  typealias Session = OpaquePointer
  typealias BIO = OpaquePointer
  typealias Bytes = UnsafePointer<UInt8>
  typealias ChooseProtocol =
    @convention(c) (
      Session?, UnsafeMutablePointer<Bytes?>?, UnsafeMutablePointer<UInt8>?, Bytes?, UInt32, UnsafeMutableRawPointer?
    ) -> Int32
  typealias AskPassword =
    @convention(c) (
      UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?
    ) -> Int32

  let isVersion3: Bool

  // MARK: - Contexts
  let clientMethod: @convention(c) () -> OpaquePointer?
  let serverMethod: @convention(c) () -> OpaquePointer?
  let contextNew: @convention(c) (OpaquePointer?) -> Context?
  let contextFree: @convention(c) (Context?) -> Void
  let contextControl: @convention(c) (Context?, Int32, Int, UnsafeMutableRawPointer?) -> Int
  /// `unsigned long` in 1.1 and `uint64_t` in 3: the same on the 64-bit machines that this package is for.
  let contextSetOptions: @convention(c) (Context?, UInt) -> UInt
  let contextSetVerify: @convention(c) (Context?, Int32, OpaquePointer?) -> Void
  let contextUseSystemAuthorities: @convention(c) (Context?) -> Int32
  let contextLoadAuthorities: @convention(c) (Context?, UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> Int32
  let contextParameters: @convention(c) (Context?) -> OpaquePointer?
  let contextUseCertificateChain: @convention(c) (Context?, UnsafePointer<CChar>?) -> Int32
  let contextUsePrivateKey: @convention(c) (Context?, UnsafePointer<CChar>?, Int32) -> Int32
  let contextSetPasswordCallback: @convention(c) (Context?, AskPassword?) -> Void
  /// 0 is success, unlike elsewhere.
  let contextOfferProtocols: @convention(c) (Context?, Bytes?, UInt32) -> Int32
  let contextChooseProtocol: @convention(c) (Context?, ChooseProtocol?, UnsafeMutableRawPointer?) -> Void

  // MARK: - Sessions
  let sessionNew: @convention(c) (Context?) -> Session?
  let sessionFree: @convention(c) (Session?) -> Void
  let sessionControl: @convention(c) (Session?, Int32, Int, UnsafeMutableRawPointer?) -> Int
  let sessionSetBIO: @convention(c) (Session?, BIO?, BIO?) -> Void
  let sessionConnects: @convention(c) (Session?) -> Void
  let sessionAccepts: @convention(c) (Session?) -> Void
  let sessionSetHost: @convention(c) (Session?, UnsafePointer<CChar>?) -> Int32
  let sessionSetHostFlags: @convention(c) (Session?, UInt32) -> Void
  let sessionParameters: @convention(c) (Session?) -> OpaquePointer?
  let handshake: @convention(c) (Session?) -> Int32
  let read: @convention(c) (Session?, UnsafeMutableRawPointer?, Int32) -> Int32
  let write: @convention(c) (Session?, UnsafeRawPointer?, Int32) -> Int32
  let shutDown: @convention(c) (Session?) -> Int32
  let sessionError: @convention(c) (Session?, Int32) -> Int32
  let verifyResult: @convention(c) (Session?) -> Int
  /// The caller owns what it returns.
  let peerCertificate: @convention(c) (Session?) -> OpaquePointer?

  // MARK: - Certificates and digests
  let parametersSetAddress: @convention(c) (OpaquePointer?, UnsafePointer<CChar>?) -> Int32
  let parametersSetFlags: @convention(c) (OpaquePointer?, UInt) -> Int32
  let verifyErrorText: @convention(c) (Int) -> UnsafePointer<CChar>?
  let certificateFree: @convention(c) (OpaquePointer?) -> Void
  let certificateKey: @convention(c) (OpaquePointer?) -> OpaquePointer?
  let encodeKey: @convention(c) (OpaquePointer?, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32
  let sha256: @convention(c) () -> OpaquePointer?
  let digest:
    @convention(c) (
      UnsafeRawPointer?, Int, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt32>?, OpaquePointer?,
      OpaquePointer?
    ) -> Int32

  // MARK: - Memory BIOs
  let bioNew: @convention(c) (OpaquePointer?) -> BIO?
  let bioMemory: @convention(c) () -> OpaquePointer?
  let bioFree: @convention(c) (BIO?) -> Int32
  let bioWrite: @convention(c) (BIO?, UnsafeRawPointer?, Int32) -> Int32
  let bioControl: @convention(c) (BIO?, Int32, Int, UnsafeMutableRawPointer?) -> Int

  // MARK: - Errors
  let nextError: @convention(c) () -> UInt
  let clearErrors: @convention(c) () -> Void
  let errorText: @convention(c) (UInt) -> UnsafePointer<CChar>?

  init(names: [String]) throws(TLSError) {
    guard let library = DynamicLibrary(firstOf: names) else { throw .libraryMissing(tried: names) }
    clientMethod = try library.function("TLS_client_method")
    serverMethod = try library.function("TLS_server_method")
    contextNew = try library.function("SSL_CTX_new")
    contextFree = try library.function("SSL_CTX_free")
    contextControl = try library.function("SSL_CTX_ctrl")
    contextSetOptions = try library.function("SSL_CTX_set_options")
    contextSetVerify = try library.function("SSL_CTX_set_verify")
    contextUseSystemAuthorities = try library.function("SSL_CTX_set_default_verify_paths")
    contextLoadAuthorities = try library.function("SSL_CTX_load_verify_locations")
    contextParameters = try library.function("SSL_CTX_get0_param")
    contextUseCertificateChain = try library.function("SSL_CTX_use_certificate_chain_file")
    contextUsePrivateKey = try library.function("SSL_CTX_use_PrivateKey_file")
    contextSetPasswordCallback = try library.function("SSL_CTX_set_default_passwd_cb")
    contextOfferProtocols = try library.function("SSL_CTX_set_alpn_protos")
    contextChooseProtocol = try library.function("SSL_CTX_set_alpn_select_cb")
    sessionNew = try library.function("SSL_new")
    sessionFree = try library.function("SSL_free")
    sessionControl = try library.function("SSL_ctrl")
    sessionSetBIO = try library.function("SSL_set_bio")
    sessionConnects = try library.function("SSL_set_connect_state")
    sessionAccepts = try library.function("SSL_set_accept_state")
    sessionSetHost = try library.function("SSL_set1_host")
    sessionSetHostFlags = try library.function("SSL_set_hostflags")
    sessionParameters = try library.function("SSL_get0_param")
    handshake = try library.function("SSL_do_handshake")
    read = try library.function("SSL_read")
    write = try library.function("SSL_write")
    shutDown = try library.function("SSL_shutdown")
    sessionError = try library.function("SSL_get_error")
    verifyResult = try library.function("SSL_get_verify_result")
    parametersSetAddress = try library.function("X509_VERIFY_PARAM_set1_ip_asc")
    parametersSetFlags = try library.function("X509_VERIFY_PARAM_set_flags")
    verifyErrorText = try library.function("X509_verify_cert_error_string")
    certificateFree = try library.function("X509_free")
    certificateKey = try library.function("X509_get_X509_PUBKEY")
    encodeKey = try library.function("i2d_X509_PUBKEY")
    sha256 = try library.function("EVP_sha256")
    digest = try library.function("EVP_Digest")
    bioNew = try library.function("BIO_new")
    bioMemory = try library.function("BIO_s_mem")
    bioFree = try library.function("BIO_free")
    bioWrite = try library.function("BIO_write")
    bioControl = try library.function("BIO_ctrl")
    nextError = try library.function("ERR_get_error")
    clearErrors = try library.function("ERR_clear_error")
    errorText = try library.function("ERR_reason_error_string")

    let version: @convention(c) () -> UInt = try library.function("OpenSSL_version_num")
    isVersion3 = version() >= OpenSSLConstant.version3
    // It was renamed in 3.
    peerCertificate = try library.function(isVersion3 ? "SSL_get1_peer_certificate" : "SSL_get_peer_certificate")
    // Threads of event loops may still run while the process ends: OpenSSL must not tear itself down under them.
    let start: @convention(c) (UInt64, OpaquePointer?) -> Int32 = try library.function("OPENSSL_init_ssl")
    _ = start(OpenSSLConstant.withoutExitHandler, nil)
  }
}

/// Where OpenSSL is looked for.
package struct OpenSSLLibrary: Sendable, Hashable {
  package let names: [String]

  /// The system's.
  package static let system = OpenSSLLibrary(names: DynamicLibrary.openSSLNames)

  /// Tried in order; for tests.
  package init(names: [String]) { self.names = names }

  private static let loaded = Result { () throws(TLSError) in try OpenSSL(names: DynamicLibrary.openSSLNames) }

  /// The system's is loaded once; the first time takes some milliseconds.
  func load() throws(TLSError) -> OpenSSL {
    self == .system ? try Self.loaded.get() : try OpenSSL(names: names)
  }
}
