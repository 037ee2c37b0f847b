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
    let output = Pipe()
    let errors = Pipe()
    let process = try ChildProcess(
      name, arguments, directory: directory, environment: environment,
      output: output.fileHandleForWriting.fileDescriptor, errors: errors.fileHandleForWriting.fileDescriptor)
    // Only the child writes now: its end is the pipes'.
    try output.fileHandleForWriting.close()
    try errors.fileHandleForWriting.close()
    return try await withTaskCancellationHandler {
      async let outputText = text(of: output)
      async let errorText = text(of: errors)
      let texts = try await (outputText, errorText)
      let status = try await onThread {
        process.waitUntilEnd()
        return process.exitStatus ?? -1
      }
      return Result(status: status, output: texts.0, errors: texts.1)
    } onCancel: {
      process.send(SIGTERM)
    }
  }

  private static func text(of pipe: Pipe) async throws -> String {
    let handle = pipe.fileHandleForReading
    return try await onThread { String(decoding: (try handle.readToEnd()) ?? Data(), as: UTF8.self) }
  }
}
