#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A library of the system, loaded at run time, so that this package builds and runs without it. It stays loaded for
/// the life of the process.
struct DynamicLibrary {
  let name: String
  private let handle: UnsafeMutableRawPointer

  /// Where OpenSSL's TLS may be found, newest first. Its libcrypto comes with it: the loader follows what libssl itself
  /// was linked with, so the two always match.
  static let openSSLNames: [String] = {
    #if canImport(Darwin)
      // Homebrew's folders; macOS's own library refuses to be loaded.
      [
        "libssl.3.dylib", "/opt/homebrew/opt/openssl@3/lib/libssl.3.dylib",
        "/usr/local/opt/openssl@3/lib/libssl.3.dylib",
      ]
    #else
      ["libssl.so.3", "libssl.so.1.1"]
    #endif
  }()

  /// What to install where it is missing.
  static let openSSLAdvice: String = {
    #if canImport(Darwin)
      "install OpenSSL 3 (`brew install openssl@3`)"
    #else
      "install OpenSSL 3 or 1.1 (Debian and Ubuntu: `apt install libssl3`; Fedora: `dnf install openssl-libs`; "
        + "Alpine: `apk add libssl3`)"
    #endif
  }()

  /// The first of the names that can be loaded.
  init?(firstOf names: [String]) {
    for name in names {
      guard let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) else { continue }
      self.name = name
      self.handle = handle
      return
    }
    return nil
  }

  /// A function of the library, or of one that it was linked with. `Function` is its C type.
  func function<Function>(_ symbol: String, as type: Function.Type = Function.self) throws(TLSError) -> Function {
    guard let address = dlsym(handle, symbol) else { throw .libraryUnusable(library: name, missing: symbol) }
    // Both are one pointer; that the type is the function's is the caller's word, checked against OpenSSL's headers.
    return unsafeBitCast(address, to: type)
  }
}
