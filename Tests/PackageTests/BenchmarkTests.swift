import Foundation
import SSETestSupport
import Testing

@Suite("What runs the benchmarks", .timeLimit(.minutes(1)))
struct BenchmarkTests {
  @Test("its own tests pass, and the page of figures is what its results render to")
  func harness() async throws {
    let result = try await Program.run(
      "python3", ["-B", "-m", "unittest", "discover", "-s", "tests", "-t", "."],
      directory: Repository.root.appending(path: "Tests/Benchmarks"))
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("\nOK\n"), "\(result.errors)")
  }

  @Test("it names its scenarios and servers without measuring, and refuses others")
  func arguments() async throws {
    let path = Repository.root.appending(path: "Tests/Benchmarks/run").path(percentEncoded: false)
    let list = try await Program.run(path, ["--list"])
    #expect(list.status == 0, "\(list.errors)")
    for name in ["broadcast", "agreement", "swift-sse", "nchan"] { #expect(list.output.contains("\n  \(name) ")) }
    let unknown = try await Program.run(path, ["unknown"])
    #expect(unknown.status == 2)
    #expect(unknown.errors.contains("there is no scenario 'unknown'"))
  }
}
