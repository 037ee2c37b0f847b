import Foundation
import SSETestSupport
import Testing

@Suite("The pace of a replay", .serialized)
struct ReplayTimingTests {
  @Test("it is that of the recording, or so many times as fast", arguments: [(1.0, 1.5), (4.0, 0.375)])
  func pace(speed: Double, seconds: Double) async throws {
    try await withFolder { folder in
      let path = folder.appending(path: "recording").path()
      let lines = [0, 0.5, 1, 1.5].map { #"{"time":\#($0),"type":"message","data":"x"}"# + "\n" }
      try lines.joined().write(toFile: path, atomically: true, encoding: .utf8)
      let start = ContinuousClock.now
      let result = try await Program.run(sse, ["listen", "--replay", path, "--speed", "\(speed)"])
      let elapsed = (ContinuousClock.now - start) / .seconds(1)
      #expect(result.output == "x\nx\nx\nx\n")
      #expect(elapsed >= seconds)
      // Less than the sum of all times, or than another speed's.
      #expect(elapsed < seconds + 1)
    }
  }
}
