import Foundation

/// A program that runs for the time of a scope: a server, a browser's driver.
package struct RunningProgram: Sendable {
  private let name: String
  private let process: ChildProcess
  private let file: URL

  /// What it has written so far, errors included.
  package var output: String { (try? String(contentsOf: file, encoding: .utf8)) ?? "" }

  /// Waits until its output matches; the first group of the match.
  package func output(
    matching expression: Regex<(Substring, Substring)>, within limit: Duration = .seconds(10)
  ) async throws -> String {
    var found: String?
    do {
      try await eventually("its output matches", within: limit) {
        // Asked first: what a program that has ended wrote last is there by now.
        let hasEnded = !process.isRunning
        found = output.firstMatch(of: expression).map { String($0.1) }
        if found == nil, hasEnded { throw NeverHappened(description: "it ended before its output matched") }
        return found != nil
      }
    } catch let error as NeverHappened {
      throw NeverHappened(description: "\(name): \(error); it wrote: \(output)")
    }
    return found ?? ""
  }

  /// The port in the first URL of its output.
  package func port() async throws -> Int {
    let text = try await output(matching: /http:\/\/[^\s\/]+:(\d+)/)
    guard let port = Int(text) else { throw NeverHappened(description: "\(text) is no port") }
    return port
  }

  package func send(_ signal: Int32) { process.send(signal) }

  /// Sends a signal at the first moment at which the program has an action of its own for it; throws when it has none
  /// after ten seconds.
  package func sendOnceCaught(_ signal: Int32) async throws {
    // On a thread, as it looks again without a rest.
    try await onThread {
      let deadline = ContinuousClock.now + .seconds(10)
      while !catches(signal) {
        guard ContinuousClock.now < deadline else { throw NeverHappened(description: "signal \(signal) is not caught") }
      }
      send(signal)
    }
  }

  private func catches(_ signal: Int32) -> Bool {
    let mask = status("SigCgt").flatMap { UInt64($0, radix: 16) } ?? 0
    return mask & 1 << UInt64(signal - 1) != 0
  }

  /// The first word of a line of its status (proc(5)).
  private func status(_ name: String) -> Substring? {
    let status = (try? String(contentsOfFile: "/proc/\(process.identifier)/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("\(name):") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first
  }

  /// Resident bytes.
  package var residentBytes: Int { 1_024 * (status("VmRSS").flatMap { Int($0) } ?? 0) }

  /// The most resident bytes since it was started, or since `resetPeakMemory`.
  package var peakResidentBytes: Int { 1_024 * (status("VmHWM").flatMap { Int($0) } ?? 0) }

  package func resetPeakMemory() throws {
    let file = FileHandle(forWritingAtPath: "/proc/\(process.identifier)/clear_refs")
    try file?.write(contentsOf: Data("5".utf8))
    try file?.close()
  }

  /// Nil while it runs.
  package var exitStatus: Int32? { process.exitStatus }

  /// Processor time that it has used.
  package var processorTime: Duration {
    let file = "/proc/\(process.identifier)/stat"
    let fields = ((try? String(contentsOfFile: file, encoding: .utf8)) ?? "").split(separator: " ")
    guard fields.count > 14, let user = Int(fields[13]), let system = Int(fields[14]) else { return .zero }
    // Ticks of 10 ms (USER_HZ).
    return .milliseconds(10 * (user + system))
  }

  fileprivate init(_ name: String, _ arguments: [String], _ environment: [String: String], output: URL) throws {
    self.name = name
    file = output
    // A file and not a pipe: nobody need read it for the program to go on, and none of its children can hold it open.
    try Data().write(to: file)
    let handle = try FileHandle(forWritingTo: file)
    process = try ChildProcess(
      name, arguments, environment: environment, output: handle.fileDescriptor, errors: handle.fileDescriptor)
    try handle.close()
  }

  /// Asks it and its children to end, and after three seconds makes them.
  fileprivate func end() async {
    if process.isRunning { kill(-process.identifier, SIGTERM) }
    // On a thread, so that a cancelled test waits too.
    try? await onThread {
      process.waitUntilEnd(seconds: 3)
      kill(-process.identifier, SIGKILL)
      process.waitUntilEnd()
    }
  }
}

/// Runs a program while `body` runs.
package func withRunningProgram<R>(
  _ name: String, _ arguments: [String] = [], environment: [String: String] = [:],
  isolation: isolated (any Actor)? = #isolation, _ body: (RunningProgram) async throws -> R
) async throws -> R {
  let folder = FileManager.default.temporaryDirectory.appending(path: "sse-test-\(UUID())")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let program = try RunningProgram(name, arguments, environment, output: folder.appending(path: "output"))
  let result: Result<R, any Error>
  do { result = .success(try await body(program)) } catch { result = .failure(error) }
  await program.end()
  return try result.get()
}
