import Foundation
import Testing

@Suite("The pages that people read first")
struct PageTests {
  static let pages = [
    "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "Documentation/Architecture.md", "Documentation/Decoding.md",
    "Documentation/Client.md", "Documentation/CommandLine.md", "Documentation/Hub.md", "Documentation/Limits.md",
    "Documentation/Server.md", "Documentation/Observability.md", "Documentation/Performance.md",
    "Documentation/Serving.md", "Documentation/Testing.md", "Documentation/Topics.md", "Examples/BenchServer/README.md",
    "Examples/Chat/README.md", "Examples/Clock/README.md", "Examples/Resume/README.md", "Tests/Benchmarks/README.md",
  ]
  static let pagesWithCode = [
    "README.md", "Documentation/Client.md", "Documentation/Decoding.md", "Documentation/Server.md",
    "Documentation/Observability.md", "Documentation/Serving.md", "Documentation/Testing.md", "Documentation/Topics.md",
  ]

  /// A block of code, and the comment above it that names its file.
  private struct Block {
    let file: String?
    let code: String
  }

  private func blocks(of page: String) throws -> [Block] {
    try Repository.text(page).matches(of: /(?:<!-- (\S+) -->\n)?```swift\n(.*?)```\n/.dotMatchesNewlines())
      .map { Block(file: $0.1.map(String.init), code: String($0.2)) }
  }

  @Test("a page's code is what a package that depends on this one compiles, to the letter", arguments: pagesWithCode)
  func code(page: String) throws {
    let blocks = try blocks(of: page)
    #expect(!blocks.isEmpty)
    for block in blocks { #expect(block.file != nil, "no comment names the file of:\n\(block.code)") }
    // A file may be told in several blocks.
    for (file, parts) in Dictionary(grouping: blocks, by: \.file) {
      guard let file else { continue }
      #expect(try Repository.text(file) == parts.map(\.code).joined(separator: "\n"), "\(file)")
      #expect(file.hasPrefix("Tests/DependentPackage/"))
    }
  }

  @Test("the README begins with the server, the client and the two commands")
  func firstScreen() throws {
    let readme = try Repository.text("README.md")
    let screen = readme.split(separator: "\n", omittingEmptySubsequences: false).prefix(70).joined(separator: "\n")
    for words in ["import SSEServer", "import SSEClient", "swift run sse-clock", "Tests/run", "not supported yet"] {
      #expect(screen.contains(words), "\(words)")
    }
    let blocks = try blocks(of: "README.md").prefix(2)
    for block in blocks { #expect(block.code.split(separator: "\n").count <= 12) }
  }

  @Test("the pages' links lead to files", arguments: pages)
  func links(page: String) throws {
    let text = try Repository.text(page)
    let folder = page.split(separator: "/").dropLast().joined(separator: "/")
    for match in text.matches(of: /\]\(([^)#\s]+)[^)]*\)/) where !match.1.contains("://") {
      let target = URL(filePath: "/\(folder)/\(match.1)").standardizedFileURL.path()
      #expect(Repository.exists(String(target.dropFirst())), "\(page) leads to \(match.1)")
    }
  }
}
