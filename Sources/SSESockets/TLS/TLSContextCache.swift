import Synchronization

/// Contexts of clients by their settings: to make one reads files, with the authorities of a whole system among them
/// where they are one file.
package final class TLSContextCache: Sendable {
  package static let shared = TLSContextCache()

  /// Further settings take the place of those that were used least recently.
  static let most = 16

  private struct Entry {
    let configuration: TLSClientConfiguration
    let files: [FileStamp?]
    let context: TLSContext
  }

  /// The most recently used last.
  private let entries = Mutex<[Entry]>([])

  package init() {}

  /// The context for these settings, made where there is none yet, or a file that they name has changed since. Blocks
  /// for as long as that takes.
  package func context(for configuration: TLSClientConfiguration) throws(TLSError) -> TLSContext {
    let files = configuration.files.map(FileStamp.init(path:))
    if let context = entries.withLock({ Self.find(configuration, files, in: &$0) }) { return context }
    let context = try TLSContext(configuration)
    entries.withLock { entries in
      entries.removeAll { $0.configuration == configuration }
      if entries.count >= Self.most { entries.removeFirst() }
      entries.append(Entry(configuration: configuration, files: files, context: context))
    }
    return context
  }

  private static func find(
    _ configuration: TLSClientConfiguration, _ files: [FileStamp?], in entries: inout [Entry]
  ) -> TLSContext? {
    guard let index = entries.firstIndex(where: { $0.configuration == configuration && $0.files == files }) else {
      return nil
    }
    let entry = entries.remove(at: index)
    entries.append(entry)
    return entry.context
  }
}

extension TLSClientConfiguration {
  fileprivate var files: [String] {
    var files: [String] = []
    if case .authorities(let file) = trust { files.append(file) }
    if let certificate { files += [certificate.chain, certificate.key] }
    return files
  }
}
