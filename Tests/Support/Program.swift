package import Foundation
import Synchronization

/// Another program, run by a test: curl, strace, a server.
package struct Program: Sendable {
  package struct Result: Sendable {
    package let status: Int32
    package let output: String
    package let errors: String
  }

  /// Runs a program to its end; a cancelled test terminates it.
  package static func run(
    _ name: String, _ arguments: [String] = [], directory: URL? = nil, environment: [String: String] = [:]
  ) async throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [name] + arguments
    process.currentDirectoryURL = directory
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try await process.runHearingSignals()
    let identifier = process.processIdentifier
    return try await withTaskCancellationHandler {
      async let outputText = text(of: output)
      async let errorText = text(of: errors)
      let texts = try await (outputText, errorText)
      let status = try await onThread {
        process.waitUntilExit()
        return process.terminationStatus
      }
      return Result(status: status, output: texts.0, errors: texts.1)
    } onCancel: {
      kill(identifier, SIGTERM)
    }
  }

  private static func text(of pipe: Pipe) async throws -> String {
    let handle = pipe.fileHandleForReading
    return try await onThread { String(decoding: (try handle.readToEnd()) ?? Data(), as: UTF8.self) }
  }
}
