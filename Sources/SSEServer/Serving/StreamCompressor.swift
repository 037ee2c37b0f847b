import SSEHTTP1

/// What a server's loop compresses streams with. On the loop's thread only.
final class StreamCompressor {
  /// For what several readers get, and for what a topic's reader has of its own.
  let blocks: GzipBlocks
  private let settings: Settings

  /// What the loops of a server share.
  struct Settings: Sendable {
    let zlib: Zlib
    let level: Int

    /// Nil where streams are not to be compressed, or cannot be.
    init?(_ configuration: EventServerConfiguration) {
      guard let compression = configuration.compression else { return nil }
      do throws(ContentCodingError) {
        zlib = try configuration.loadZlib()
        level = compression.level
      } catch {
        configuration.log(.compressionUnavailable(reason: "\(error)"))
        return nil
      }
    }
  }

  init(_ settings: Settings) {
    self.settings = settings
    blocks = GzipBlocks(settings.zlib, level: settings.level)
  }

  /// For the stream of one handler; nil where there is no memory for it.
  func makeEncoder() -> GzipEncoder? { try? GzipEncoder(settings.zlib, level: settings.level) }
}

/// Whether the content of a response's stream is coded, and what the head says of it.
enum StreamCoding {
  /// It is as it is, whatever a request says.
  case none
  /// It is as it is for this reader; another may get it compressed.
  case identity
  case gzip

  func addFields(to headers: inout HeaderFields) {
    if case .none = self { return }
    if !headers.list("Vary").contains(where: { $0 == "*" || Token.areEqual($0, "Accept-Encoding") }) {
      headers["Vary"] = headers["Vary"].map { "\($0), Accept-Encoding" } ?? "Accept-Encoding"
    }
    if case .gzip = self { headers.append("Content-Encoding", "gzip") }
  }
}
