#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Why a topic does not take an event, or cannot be read.
public enum TopicError: Error, Hashable, CustomStringConvertible {
  /// The event to be published brings an ID; a topic gives each event its own.
  case eventHasID(String)
  /// The event's type holds a line end or NUL, which cannot be sent.
  case invalidType(String)
  /// The event's data is larger than a topic takes.
  case eventTooLarge(bytes: Int, limit: Int)
  /// The event's type, or the key that it is published with, is longer than a topic takes.
  case nameTooLong(bytes: Int, limit: Int)
  /// A subscription has fallen behind the topic's history, and the topic's rule is to end then. It has delivered
  /// everything up to this ID.
  case overtaken(lastEventID: String)
  /// The name of one of several topics on a connection is not 1 to 64 of `A–Z a–z 0–9 . _ -`.
  case invalidName(String)
  /// So many topics cannot share a connection.
  case topicCount(Int, limit: Int)
  /// A topic has two names on one connection; this is one of them.
  case joinedTwice(name: String)
  /// The topic's file cannot be used, or an event could not be written to it; then it has not been published.
  case file(path: String, FileProblem)

  /// Why a topic's file cannot be used.
  public enum FileProblem: Hashable, Sendable {
    /// A call of the system has failed: what it was to do with the file, such as "open" or "write to", and its `errno`.
    case system(operation: String, errno: Int32)
    /// Another topic has it open, in this process or in another.
    case inUse
    /// It is a folder, a device, or the URL is not one of a file.
    case notAFile
    /// Something else is in it. It has not been changed.
    case notALog
    /// A later version of this package has written it. It has not been changed.
    case unknownVersion(Int)
    /// What stands there has been changed since it was written, and further events follow, which would be lost. It has
    /// not been changed.
    case damaged(offset: Int)
    /// The file that came before, named as the topic's with ".old", has been changed since it was written, and further
    /// events follow. Neither has been changed.
    case olderDamaged(offset: Int)
  }

  /// What is wrong and what to change.
  public var description: String {
    switch self {
    case .eventHasID(let id):
      "the event to be published has the ID \(id.debugDescription); a topic gives each event its own, "
        + "publish it without"
    case .invalidType(let type):
      "the event type \(type.debugDescription) holds a line end or NUL, which cannot be sent"
    case .eventTooLarge(let bytes, let limit):
      "an event's data of \(bytes) bytes is larger than the \(limit) bytes that a topic takes; publish where it can be "
        + "fetched instead"
    case .nameTooLong(let bytes, let limit):
      "an event's type or key of \(bytes) bytes is longer than the \(limit) bytes that a topic takes; it is a name, "
        + "put the rest into the data"
    case .overtaken(let lastEventID):
      "the subscription has fallen behind the topic's history after \(lastEventID); subscribe again after that, hold a "
        + "longer history, or choose another TopicLagRule"
    case .invalidName(let name):
      "\(name.debugDescription) cannot be a topic's name: take 1 to 64 of A to Z, a to z, 0 to 9, '.', '_' and '-'"
    case .topicCount(let count, let limit):
      "\(count) topics cannot share a connection; give at least one and at most \(limit)"
    case .joinedTwice(let name):
      "the topic \(name.debugDescription) has another name on the same connection; give it one"
    case .file(let path, let problem): "the topic's file \(path): \(problem.explanation)"
    }
  }
}

extension TopicError.FileProblem {
  /// What is wrong and what to do.
  fileprivate var explanation: String {
    switch self {
    case .system(let operation, let code):
      "cannot \(operation) it: \(String(cString: strerror(code)))"
        + (Self.advice(operation, code).map { "; \($0)" } ?? "")
    case .inUse: "another topic has it open, in this process or another; give each topic a file of its own"
    case .notAFile: "it is no regular file; give the URL of one, or of one that is to be made"
    case .notALog: "it holds something else and was left as it is; give the topic another file"
    case .unknownVersion(let version):
      "a later version of this package has written it (format \(version)); use that one, or give the topic another file"
    case .damaged(let offset):
      "it is damaged at byte \(offset), and further events follow. It was left as it is: restore it from a copy, or "
        + "move it away to begin anew, or cut it there (truncate -s \(offset)) to keep what stands before"
    case .olderDamaged(let offset):
      "it is damaged at byte \(offset). It was left as it is: restore it from a copy, or remove it to go on without "
        + "the events in it"
    }
  }

  private static func advice(_ operation: String, _ code: Int32) -> String? {
    switch code {
    case ENOENT where operation == "open": "make its folder first"
    case ENOENT: "it was removed or renamed while the topic had it open; make the topic again"
    case EACCES, EPERM, EROFS: "this user must be allowed to write there"
    case ENOSPC, EDQUOT: "make room; events can be published again then"
    case EFBIG: "raise the limit of a file's size"
    default: nil
    }
  }
}
