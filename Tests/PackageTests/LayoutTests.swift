import Foundation
import SSETestSupport
import Testing

@Suite("The package's layout")
struct LayoutTests {
  @Test("the top level holds these and nothing else that can be seen")
  func topLevel() throws {
    let entries = try FileManager.default.contentsOfDirectory(atPath: Repository.root.path(percentEncoded: false))
    #expect(
      entries.filter { !$0.hasPrefix(".") }.sorted() == [
        "CHANGELOG.md", "CONTRIBUTING.md", "Documentation", "Examples", "LICENSE", "Package.swift", "README.md",
        "Sources", "Tests",
      ])
    for file in [".ci/run", ".editorconfig", ".gitignore", ".swift-format"] { #expect(Repository.exists(file)) }
  }

  private struct Manifest: Decodable {
    struct Target: Decodable {
      let name: String
      let type: String
    }
    struct Product: Decodable {
      let name: String
      /// Its one key is the kind.
      let type: [String: Kinds?]
      struct Kinds: Decodable {
        init(from decoder: any Decoder) {}
      }
    }
    let targets: [Target]
    let products: [Product]
    let dependencies: [Product]
  }

  @Test("targets and executables have names that no other package has, and nothing is depended on")
  func names() async throws {
    let scratch = FileManager.default.temporaryDirectory.appending(path: "sse-manifest-\(UUID())")
    defer { try? FileManager.default.removeItem(at: scratch) }  // Where nothing was written nothing is removed.
    let result = try await Program.run(
      "swift", ["package", "--scratch-path", scratch.path(), "dump-package"], directory: Repository.root)
    try #require(result.status == 0, "\(result.errors)")
    let manifest = try JSONDecoder().decode(Manifest.self, from: Data(result.output.utf8))
    let targets = manifest.targets.map(\.name)
    #expect(targets.contains("SSEServer"))
    #expect(targets.filter { $0.prefixMatch(of: /C?SSE[A-Z]|ServerSentEvents/) == nil } == [])
    let executables = manifest.products.filter { $0.type.keys.contains("executable") }.map(\.name)
    #expect(executables.contains("sse-clock"))
    #expect(executables.filter { $0 != "sse" && !$0.hasPrefix("sse-") } == [])
    // Each executable target has its product: SwiftPM would make one of the target's name.
    #expect(manifest.targets.count { $0.type == "executable" } == executables.count)
    #expect(manifest.dependencies.isEmpty)
  }
}
