import SSESockets
import Synchronization

/// What new connections of a server are secured with. It can be replaced while the server runs: a connection keeps what
/// it began with.
final class ServerCertificate: Sendable {
  private let files: EventServerTLS
  private let current: Mutex<TLSContext>

  /// Reads the files; blocks for as long as that takes.
  init(_ files: EventServerTLS) throws(EventServerError) {
    self.files = files
    current = Mutex(try Self.read(files))
  }

  /// Reads the files again. Where they cannot be used, what there was stays.
  func reload() throws(EventServerError) {
    let context = try Self.read(files)
    current.withLock { $0 = context }
  }

  /// The server's end of a new connection.
  func makeSession() throws(TLSError) -> TLSSession { try TLSSession(server: current.withLock { $0 }) }

  private static func read(_ files: EventServerTLS) throws(EventServerError) -> TLSContext {
    let certificate = TLSCertificateFiles(chain: files.chainFile, key: files.privateKeyFile)
    do throws(TLSError) {
      return try TLSContext(TLSServerConfiguration(certificate: certificate))
    } catch {
      throw .tlsUnusable(reason: error.explanation)
    }
  }
}
