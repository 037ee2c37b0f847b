import Foundation
import SSETestSupport
import SSETesting
import Testing

@testable import SSEServer
@testable import SSESockets

@Suite("Documentation/Limits.md")
struct LimitsTests {
  /// Defaults of parameters, which only their use shows.
  static let parameters = [
    "Topic.history", "Topic.historyBytes", "Topic.maxAge", "withEventServer.timeLimit", "withScriptedServer.timeLimit",
    "ConditionTimeout.within",
  ]

  @Test("it has a row for each limit of the code, and no other")
  func rows() throws {
    let onPage = try LimitsPage().rows.map(\.name)
    let inCode = try LimitsInCode.all().map(\.name) + Self.parameters
    #expect(Set(inCode).subtracting(onPage).sorted() == [], "the page lacks these")
    #expect(Set(onPage).subtracting(inCode).sorted() == [], "the code lacks these")
    #expect(onPage.count == Set(onPage).count, "a limit has two rows")
  }

  @Test("each row has the default of the code, says what happens there and how to change it")
  func defaults() throws {
    let inCode = Dictionary(uniqueKeysWithValues: try LimitsInCode.all().map { ($0.name, $0.value) })
    for row in try LimitsPage().rows {
      let value = LimitValue(row.value)
      #expect(value != nil, "\(row.name): \"\(row.value)\" is no value")
      if !Self.parameters.contains(row.name) { #expect(value == inCode[row.name], "\(row.name)") }
      #expect(row.consequence.count > 2, "\(row.name)")
      #expect(row.change.count > 2, "\(row.name)")
    }
  }

  @Test("a topic holds as many events as the page says")
  func history() async throws {
    guard case .number(let count) = try Self.value(of: "Topic.history") else { throw NotOnPage() }
    let topic = Topic()
    for number in 0...count { try await topic.publish(ServerSentEvent(data: "\(number)")) }
    guard case .gone = topic.lookUp(1), case .entry = topic.lookUp(2) else {
      Issue.record("after \(count + 1) events the first is gone and the second is there")
      return
    }
  }

  @Test("a topic holds as many bytes as the page says")
  func historyBytes() async throws {
    guard case .number(let limit) = try Self.value(of: "Topic.historyBytes") else { throw NotOnPage() }
    let topic = Topic()
    // The chunk of each is an eighth of the limit, but for a few bytes.
    let data = String(repeating: "x", count: limit / 8 - 100)
    for _ in 0..<8 { try await topic.publish(data) }
    if case .gone = topic.lookUp(1) { Issue.record("The first was dropped while there was room") }
    try await topic.publish(String(repeating: "x", count: 1_000))
    guard case .gone = topic.lookUp(1), case .entry = topic.lookUp(2) else {
      Issue.record("Not the first alone was dropped")
      return
    }
  }

  @Test("a test with a server may take as long as the page says")
  func timeLimit() async throws {
    guard case .duration(let limit) = try Self.value(of: "withEventServer.timeLimit") else { throw NotOnPage() }
    // In a task of its own, since the limit cancels it.
    async let error = Self.errorOfTestWithoutEnd()
    #expect(await error as? EventServerTestError == .timeLimit(limit, openConnections: []))
  }

  private static func errorOfTestWithoutEnd() async -> (any Error)? {
    do {
      try await withEventServer(Router()) { _ in try await Task.sleep(for: .seconds(60)) }  // Until it is cancelled.
      return nil
    } catch {
      return error
    }
  }

  @Test("connections and loops that are not set are what the page says")
  func unset() {
    #expect(ServerLoad(loopCount: 1, limit: nil).limit == ProcessLimits.descriptors / 10 * 9)
    #expect((1...ProcessInfo.processInfo.activeProcessorCount).contains(EventLoopGroup.defaultCount))
  }

  private struct NotOnPage: Error {}

  private static func value(of name: String) throws -> LimitValue? {
    try LimitsPage().rows.first { $0.name == name }.flatMap { LimitValue($0.value) }
  }
}
