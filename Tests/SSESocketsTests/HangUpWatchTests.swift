import Foundation
import Testing

@testable import SSESockets

@Suite("Readers that hang up", .timeLimit(.minutes(1)))
struct HangUpWatchTests {
  @Test("that a pipe has lost its reader is heard once, though nothing is written", arguments: kinds)
  func heard(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      var ends: [Int32] = [-1, -1]
      try #require(pipe(&ends) == 0)
      let writer = ends[1]
      defer { close(writer) }
      let (calls, call) = AsyncStream.makeStream(of: Bool.self)
      let watch = await loop.run {
        HangUpWatch(writer, loop: loop) { call.yield(loop.isCurrent) }.map { LoopBound($0, loop: loop) }
      }
      let opened = try #require(watch)
      // Until the loop has been round: a pipe with a reader is not reported.
      try await loop.sleep(for: .milliseconds(20))
      call.yield(false)
      close(ends[0])
      var told = calls.makeAsyncIterator()
      #expect(await told.next() == false)
      #expect(await told.next() == true)
      try await loop.sleep(for: .milliseconds(20))
      await opened.run { $0.close() }
      call.finish()
      #expect(await told.next() == nil)
    }
  }

  @Test("a closed watch hears nothing", arguments: kinds)
  func closed(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      var ends: [Int32] = [-1, -1]
      try #require(pipe(&ends) == 0)
      let writer = ends[1]
      defer { close(writer) }
      let (calls, call) = AsyncStream.makeStream(of: Void.self)
      let watch = await loop.run { HangUpWatch(writer, loop: loop) { call.yield() }.map { LoopBound($0, loop: loop) } }
      await watch?.run { $0.close() }
      close(ends[0])
      try await loop.sleep(for: .milliseconds(20))
      call.finish()
      var told = calls.makeAsyncIterator()
      #expect(await told.next() == nil)
    }
  }
}
