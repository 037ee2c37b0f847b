#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Where a topic's log is kept.
public struct TopicLogLocation: Sendable, Hashable {
  enum Kind: Sendable, Hashable {
    case memory
    case file(URL)
  }
  let kind: Kind

  /// In memory only: it is gone with the topic.
  public static let memory = TopicLogLocation(kind: .memory)

  /// In memory and in a file, so that it goes on after a restart of the process, however that has ended: IDs,
  /// readers that come back, keys, and the age of events.
  ///
  /// The file is made where there is none, for this user alone; its folder must be there. A second file, of the same
  /// name and ".old", comes to stand beside it: the two have at most twice what the topic holds, where a history of
  /// less than 1 MiB counts as 1 MiB. Only one topic can have the file open, in whatever process; it is closed when the
  /// topic is let go.
  ///
  /// An event is in the file before a reader gets it and before `publish` returns. That costs a call of the system, on
  /// the caller's thread and under the topic's lock, and does not wait for the disk: what the end of a process cannot
  /// take away a failure of the machine can, by the time that the system takes to write (half a minute on most).
  public static func file(_ url: URL) -> TopicLogLocation { TopicLogLocation(kind: .file(url)) }

  /// Nil where the log is in memory alone.
  func journal() throws(TopicError) -> (any TopicJournal)? {
    switch kind {
    case .memory: return nil
    case .file(let url):
      guard url.isFileURL else { throw .file(path: url.absoluteString, .notAFile) }
      return try FileJournal(path: url.path(percentEncoded: false))
    }
  }
}
