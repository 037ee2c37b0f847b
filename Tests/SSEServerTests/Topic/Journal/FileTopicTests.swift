import Foundation
import SSETestSupport
import SSETesting
import Testing

@testable import SSEServer

@Suite("A topic whose log is in a file")
struct FileTopicTests {
  @Test("it goes on where it was: IDs, and readers that come back")
  func goesOn() async throws {
    try await withTopicFiles { files in
      var ids: [String] = []
      for run in 0..<4 {
        let topic = try Topic(log: .file(files.file))
        for number in 1...3 { ids.append(try await topic.publish("\(run) \(number)", type: "note")) }
        let read = try await topic.read(after: ids[0], count: 3 * run + 2)
        #expect(read == ids.indices.dropFirst().map { "\($0 / 3) \($0 % 3 + 1)" })
      }
      #expect(Set(ids.map { $0.split(separator: "-")[0] }).count == 1)
      #expect(ids.map { $0.split(separator: "-")[1] } == (1...12).map { "\($0)" })
    }
  }
}
