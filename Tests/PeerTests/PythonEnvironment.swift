import Foundation
import SSETestSupport
import Testing

/// Python with the packages of Fixtures/requirements.txt.
enum PythonEnvironment {
  /// Where it is; nil where `Tests/run` has made none.
  static let python = ProcessInfo.processInfo.environment["SSE_TEST_PYTHON"]

  static let isMade = runsPeerTests && python != nil
  static let comment: Comment =
    "Tests/run runs these, with SSE_TEST_PEERS=1 and SSE_TEST_PYTHON; they need packages of PyPI"

  /// Nothing on the way to a server of this machine.
  static let variables = ["NO_PROXY": "*", "no_proxy": "*", "PYTHONDONTWRITEBYTECODE": "1"]

  /// A program among the fixtures.
  static func path(_ name: String) throws -> String {
    let fixtures = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    return fixtures.appending(path: name).path(percentEncoded: false)
  }

  /// Runs one to its end; what it printed as JSON.
  static func run<Facts: Decodable>(_ name: String, _ arguments: [String]) async throws -> Facts {
    let program = try #require(python)
    let result = try await Program.run(program, [try path(name)] + arguments, environment: variables)
    try #require(result.status == 0, "\(result.errors)")
    return try JSONDecoder().decode(Facts.self, from: Data(result.output.utf8))
  }
}
