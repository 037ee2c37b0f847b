import Foundation
import ServerSentEvents

/// Parses a file again and again, each time as a stream of its own would not: the events of all runs follow each other.
func measureParser(file: String, repeats: Int) throws {
  let bytes = [UInt8](try Data(contentsOf: URL(filePath: file)))
  var parser = EventParser()
  var total = EventTotal()
  let duration = try ContinuousClock().measure {
    for _ in 0..<repeats {
      for start in stride(from: 0, to: bytes.count, by: 16_384) {
        parser.append(bytes[start..<min(start + 16_384, bytes.count)])
        try total.add(allFrom: &parser)
      }
    }
  }
  let nanoseconds = duration / .nanoseconds(1) / Double(total.events)
  let megabytes = Double(bytes.count * repeats) / 1e6 / (duration / .seconds(1))
  print(
    #"{"measure":"parse","events":\#(total.events),"characters":\#(total.characters),"ns_per_event":\#(nanoseconds),"#
      + #""megabytes_per_second":\#(megabytes)}"#)
}

/// Compares events of 2 MB with the same number of bytes in small ones, in turns; the medians count.
func measureLargeEvents() throws {
  let largeEvents = Array("data: \(String(repeating: "x", count: 2_000_000))\n\n".utf8)
  let smallEvents = Array(String(repeating: "data: \(String(repeating: "x", count: 100))\n\n", count: 18_519).utf8)
  var rates: (large: [Double], small: [Double]) = ([], [])
  for _ in 0..<51 {
    rates.large.append(try megabytesPerSecond(parsing: largeEvents))
    rates.small.append(try megabytesPerSecond(parsing: smallEvents))
  }
  let (large, small) = (rates.large.sorted()[25], rates.small.sorted()[25])
  print(
    #"{"measure":"large","megabytes_per_second":\#(large),"of_small_events":\#(small),"ratio":\#(large / small)}"#)
}

private func megabytesPerSecond(parsing bytes: [UInt8]) throws -> Double {
  var parser = EventParser()
  var total = EventTotal()
  let duration = try ContinuousClock().measure {
    for start in stride(from: 0, to: bytes.count, by: 4_096) {
      parser.append(bytes[start..<min(start + 4_096, bytes.count)])
      try total.add(allFrom: &parser)
    }
  }
  return Double(bytes.count) / 1e6 / (duration / .seconds(1))
}

/// How much was found.
struct EventTotal {
  var events = 0
  /// Of their data, as UTF-8.
  var characters = 0

  // Not inlined, where the compiler would copy each event.
  @inline(never)
  mutating func add(allFrom parser: inout EventParser) throws {
    while let element = try parser.next() {
      guard case .event(let event) = element else { continue }
      events += 1
      characters += event.data.utf8.count
    }
  }
}
