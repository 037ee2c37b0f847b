import Foundation
import Synchronization

/// An executable of this package, run as a process of its own.
package struct Product: Sendable {
  /// Where it stands: beside the running tests.
  package static func path(_ name: String) -> String {
    URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent(name).path
  }

  /// A running process: its output so far, and its exit status once it has ended.
  package final class Running: Sendable {
    package let identifier: Int32
    private let text = Mutex("")
    private let status = Mutex<Int32?>(nil)

    fileprivate init(identifier: Int32) { self.identifier = identifier }

    fileprivate func append(_ more: String) { text.withLock { $0 += more } }
    fileprivate func ended(_ status: Int32) { self.status.withLock { $0 = status } }

    /// Standard output and standard error.
    package var output: String { text.withLock { $0 } }
    /// Nil while it runs.
    package var exitStatus: Int32? { status.withLock { $0 } }

    package func send(_ signal: Int32) { kill(identifier, signal) }

    /// The port in the first URL of its output.
    package func port() async throws -> Int {
      var found: Int?
      try await eventually("the process says where it listens: \(output)") {
        found = output.firstMatch(of: /http:\/\/[^\s\/]+:(\d+)/).flatMap { Int($0.1) }
        return found != nil
      }
      guard let found else { throw NeverHappened(description: "no port in \(output)") }
      return found
    }

    /// Processor time that it has used.
    package var processorTime: Duration {
      let fields = (try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8))?.split(separator: " ") ?? []
      guard fields.count > 14, let user = Int(fields[13]), let system = Int(fields[14]) else { return .zero }
      // Ticks of 10 ms (USER_HZ).
      return .milliseconds(10 * (user + system))
    }
  }

  /// Runs a command for the time of `body`, then kills it where it has not ended.
  package static func running<R>(
    _ command: [String], isolation: isolated (any Actor)? = #isolation, _ body: (Running) async throws -> R
  ) async throws -> R {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.standardInput = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let running = Running(identifier: process.processIdentifier)
    async let ending: Void = onThread {
      while true {
        let data = pipe.fileHandleForReading.availableData
        if data.isEmpty { break }
        running.append(String(decoding: data, as: UTF8.self))
      }
      process.waitUntilExit()
      running.ended(process.terminationStatus)
    }
    do {
      let result = try await body(running)
      if running.exitStatus == nil { running.send(SIGKILL) }
      try await ending
      return result
    } catch {
      if running.exitStatus == nil { running.send(SIGKILL) }
      try await ending
      throw error
    }
  }
}
