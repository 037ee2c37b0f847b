// `FixedWork NAME COUNT`: does one thing COUNT times and nothing else, for `Tests/Benchmarks/costs`, which runs it with
// two counts and takes the difference, so that what a process costs before and after its work does not count.
import Foundation

@main
struct FixedWork {
  typealias Work = @Sendable (_ count: Int) async throws -> Void

  static let works: [String: Work] = [
    "broadcast": broadcast,
    "client-events": followEvents,
    "client-source": followSource,
    "connect": connect,
    "encode": encode,
    "memory-handler": openSleepingHandlers,
    "memory-topic": openTopicReaders,
    "parse": parse,
    "sequence": serveSequence,
    "stream": serveStream,
  ]

  /// Not `async`, for the main thread of such a program ends, which valgrind 3.19 does not survive.
  static func main() {
    let arguments = CommandLine.arguments
    guard arguments.count == 3, let work = works[arguments[1]], let count = Int(arguments[2]), count > 0 else {
      return fail("usage: FixedWork \(works.keys.sorted().joined(separator: "|")) COUNT")
    }
    let isDone = DispatchSemaphore(value: 0)
    Task.detached {
      do { try await work(count) } catch { fail("\(error)") }
      isDone.signal()
    }
    isDone.wait()
  }

  static func fail(_ message: String) {
    try? FileHandle.standardError.write(contentsOf: Data("FixedWork: \(message)\n".utf8))
    exit(1)
  }
}

/// What a work's result should have been and was not: a cost of other work would be noted else.
struct WrongResult: Error, CustomStringConvertible {
  let description: String

  static func check(_ what: String, _ found: Int, _ expected: Int) throws {
    guard found != expected else { return }
    throw WrongResult(description: "\(what): \(found), not \(expected)")
  }
}
