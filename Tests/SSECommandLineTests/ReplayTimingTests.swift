import Foundation
import SSETestSupport
import Testing

@Suite("The pace of a replay", .serialized)
struct ReplayTimingTests {
  @Test("it is that of the recording, or so many times as fast", arguments: [(1.0, 0.8), (4.0, 0.2)])
  func pace(speed: Double, seconds: Double) async throws {
    try await withFolder { folder in
      let path = folder.appending(path: "recording").path()
      let lines = [0, 0.4, 0.8].map { #"{"time":\#($0),"type":"message","data":"x"}"# + "\n" }
      try lines.joined().write(toFile: path, atomically: true, encoding: .utf8)
      let start = ContinuousClock.now
      let result = try await Program.run(sse, ["listen", "--replay", path, "--speed", "\(speed)"])
      let elapsed = (ContinuousClock.now - start) / .seconds(1)
      #expect(result.output == "x\nx\nx\n")
      #expect(elapsed >= seconds)
      #expect(elapsed < seconds + 0.5)
    }
  }
}
