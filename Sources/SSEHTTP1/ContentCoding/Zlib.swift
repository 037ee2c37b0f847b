#if canImport(Darwin)
  import Darwin
#elseif canImport(Android)
  import Android
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// zlib's functions, found at run time, so that building asks for no header and running without compression for no
/// library. Once loaded it stays for the life of the process.
package struct Zlib: Sendable {
  typealias InflateInit = @convention(c) (UnsafeMutableRawPointer, CInt, UnsafePointer<CChar>?, CInt) -> CInt
  typealias Inflate = @convention(c) (UnsafeMutableRawPointer, CInt) -> CInt
  typealias InflateReset = @convention(c) (UnsafeMutableRawPointer, CInt) -> CInt
  typealias InflateEnd = @convention(c) (UnsafeMutableRawPointer) -> CInt
  typealias Version = @convention(c) () -> UnsafePointer<CChar>?
  typealias DeflateInit =
    @convention(c) (
      UnsafeMutableRawPointer, CInt, CInt, CInt, CInt, CInt, UnsafePointer<CChar>?, CInt
    ) -> CInt
  typealias Deflate = @convention(c) (UnsafeMutableRawPointer, CInt) -> CInt
  typealias DeflateReset = @convention(c) (UnsafeMutableRawPointer) -> CInt
  typealias DeflateEnd = @convention(c) (UnsafeMutableRawPointer) -> CInt
  typealias CRC32 = @convention(c) (CUnsignedLong, UnsafePointer<UInt8>?, CUnsignedInt) -> CUnsignedLong

  var version: Version
  var inflateInit: InflateInit
  var inflate: Inflate
  /// Begins anew, with other window bits where wanted.
  var inflateReset: InflateReset
  var inflateEnd: InflateEnd
  var deflateInit: DeflateInit
  var deflate: Deflate
  /// Begins anew, with the same settings.
  var deflateReset: DeflateReset
  var deflateEnd: DeflateEnd
  var crc32: CRC32

  #if canImport(Darwin)
    package static let libraryNames = ["libz.1.dylib"]
  #elseif canImport(Android)
    package static let libraryNames = ["libz.so"]
  #else
    package static let libraryNames = ["libz.so.1", "libz.so"]
  #endif

  /// The system's, looked for once.
  package static func system() throws(ContentCodingError) -> Zlib { try loaded.get() }

  private static let loaded = Result { () throws(ContentCodingError) in try Zlib(libraryNames: libraryNames) }

  /// The first library of these that is there.
  ///
  /// - Throws: `.unavailable` where there is none, or where it lacks a function.
  package init(libraryNames: [String]) throws(ContentCodingError) {
    var library: UnsafeMutableRawPointer?
    var failures: [String] = []
    for name in libraryNames where library == nil {
      library = dlopen(name, RTLD_NOW | RTLD_LOCAL)
      if library == nil { failures.append(Self.loaderError() ?? name) }
    }
    guard let library else { throw .unavailable(failures.joined(separator: "; ")) }
    version = try Self.symbol("zlibVersion", in: library, as: Version.self)
    inflateInit = try Self.symbol("inflateInit2_", in: library, as: InflateInit.self)
    inflate = try Self.symbol("inflate", in: library, as: Inflate.self)
    inflateReset = try Self.symbol("inflateReset2", in: library, as: InflateReset.self)
    inflateEnd = try Self.symbol("inflateEnd", in: library, as: InflateEnd.self)
    deflateInit = try Self.symbol("deflateInit2_", in: library, as: DeflateInit.self)
    deflate = try Self.symbol("deflate", in: library, as: Deflate.self)
    deflateReset = try Self.symbol("deflateReset", in: library, as: DeflateReset.self)
    deflateEnd = try Self.symbol("deflateEnd", in: library, as: DeflateEnd.self)
    crc32 = try Self.symbol("crc32", in: library, as: CRC32.self)
  }

  /// A function by its name. That it has this type is zlib's promise for its first major version, which `inflateInit`
  /// checks when a stream is made.
  private static func symbol<Function>(
    _ name: String, in library: UnsafeMutableRawPointer, as type: Function.Type
  ) throws(ContentCodingError) -> Function {
    guard let address = dlsym(library, name) else { throw .unavailable(loaderError() ?? "no function \(name)") }
    // A function that C gave the type which every caller names, see above.
    return unsafeBitCast(address, to: type)
  }

  /// Why a stream cannot be made.
  var otherVersion: ContentCodingError {
    .unavailable("its version \(version().map { String(cString: $0) } ?? "") is another than 1")
  }

  private static func loaderError() -> String? { dlerror().map { String(cString: $0) } }
}

extension Zlib {
  /// `z_stream`: what a stream's functions and their caller tell each other. Laid out as in C, field by field; zlib
  /// compares the size with its own when a stream is made.
  struct Stream {
    var nextInput: UnsafePointer<UInt8>?
    var availableInput: CUnsignedInt = 0
    var totalInput: CUnsignedLong = 0
    var nextOutput: UnsafeMutablePointer<UInt8>?
    var availableOutput: CUnsignedInt = 0
    var totalOutput: CUnsignedLong = 0
    var message: UnsafePointer<CChar>?
    var state: UnsafeMutableRawPointer?
    /// Nil: `malloc` and `free`.
    var allocate: UnsafeMutableRawPointer?
    var free: UnsafeMutableRawPointer?
    var opaque: UnsafeMutableRawPointer?
    var dataType: CInt = 0
    var checksum: CUnsignedLong = 0
    var reserved: CUnsignedLong = 0
  }

  /// What a function answers.
  enum Status {
    static let ok: CInt = 0
    static let streamEnd: CInt = 1
    static let dictionaryNeeded: CInt = 2
    static let memoryError: CInt = -4
    /// No progress was possible: no error, more input is needed.
    static let bufferError: CInt = -5
  }

  /// How much is to come out with a call.
  enum Flush {
    /// What makes no difference to how well the rest can be compressed.
    static let none: CInt = 0
    /// All that the input so far decides.
    static let sync: CInt = 2
    /// All, and the format's end.
    static let finish: CInt = 4
  }

  /// The only method of deflate, and no assumption about the data.
  static let deflated: CInt = 8
  static let defaultStrategy: CInt = 0

  /// The window's size as a power of two, and with it the format.
  enum WindowBits {
    static let zlib: CInt = 15
    static let rawDeflate: CInt = -15
    static let gzip: CInt = 15 + gzipFlag
    /// Added to the size.
    static let gzipFlag: CInt = 16
  }
}
