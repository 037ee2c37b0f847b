import Foundation
import SSETestSupport
import Testing

/// Whether these tests run: they build the package a second time.
private let runsDependentTests = ProcessInfo.processInfo.environment["SSE_TEST_DEPENDENT"] == "1"

/// Tests/DependentPackage has its own targets `Sockets`, `HTTP1`, `clock` and `chat`, imports one module of this
/// package in each file, with `MemberImportVisibility`, and compiles the code of the pages.
@Suite(
  "A package that depends on this one", .serialized, .timeLimit(.minutes(8)),
  .enabled(if: runsDependentTests, "Tests/run runs these, with SSE_TEST_DEPENDENT=1; they build the package again"))
struct DependentPackageTests {
  @Test("it builds without a warning")
  func building() async throws {
    let result = try await swift("build", "--build-tests")
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    let warnings = (result.output + result.errors).split(separator: "\n").filter { $0.contains("warning: ") }
    #expect(warnings == [])
    // Built from nothing next time, so that a warning is seen again.
    if !warnings.isEmpty { try FileManager.default.removeItem(at: Repository.root.appending(path: Self.scratch)) }
  }

  // One that took their place may be a server, which runs until it is told to end.
  @Test("its own clock and chat are what swift run starts", .timeLimit(.minutes(1)), arguments: ["clock", "chat"])
  func running(name: String) async throws {
    let result = try await swift("run", name)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.hasPrefix("the dependent package's \(name): "), "\(result.output)")
  }

  @Test("the tests of README and Testing.md pass")
  func testing() async throws {
    let result = try await swift("test", "--disable-xctest")
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    #expect(result.output.contains("Test run with 6 tests "), "\(result.output)")
  }

  @Test("the compiler says of types on the main actor what Documentation/Decoding.md says it does")
  func isolation() async throws {
    let page = try Repository.text("Documentation/Decoding.md")
    let quoted = page.split(separator: "\n").filter { $0.hasPrefix("error: ") }
    let source = try Repository.text("Tests/DependentPackage/Sources/DecodingMainActor/main.swift")
    let file = FileManager.default.temporaryDirectory.appending(path: "sse-isolation-\(UUID()).swift")
    defer { try? FileManager.default.removeItem(at: file) }  // A left file does no harm.
    let elsewhere = """

      nonisolated func read(_ source: EventSource) async throws {
        for try await price in source.decoded(as: Price.self) { print(price) }
      }
      """
    try Data((source.replacing("nonisolated struct", with: "struct") + elsewhere).utf8).write(to: file)
    let built = "\(Self.scratch)/debug"
    let result = try await Program.run(
      "swiftc",
      [
        "-typecheck", "-swift-version", "6", "-default-isolation", "MainActor", "-diagnostic-style", "llvm",
        "-I", "\(built)/Modules", "-Xcc", "-fmodule-map-file=\(built)/CSSEPosix.build/module.modulemap", file.path(),
      ], directory: Repository.root)
    let said = result.errors.matches(of: /(error: .*?) *(\[#.*\])?\n/).map { String($0.1) }
    #expect(said.count == 2, "\(result.errors)")
    #expect(Set(said) == Set(quoted.map(String.init)))
  }

  /// Not `.build`, which the SwiftPM that runs the tests holds.
  private static let scratch = ".build-dependent"

  private func swift(_ command: String, _ arguments: String...) async throws -> Program.Result {
    let places = ["--package-path", "Tests/DependentPackage", "--scratch-path", Self.scratch]
    return try await Program.run("swift", [command] + places + arguments, directory: Repository.root)
  }
}
