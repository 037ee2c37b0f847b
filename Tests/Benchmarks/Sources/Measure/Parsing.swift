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
        bytes.withUnsafeBytes {
          parser.append(UnsafeRawBufferPointer(rebasing: $0[start..<min(start + 16_384, $0.count)]))
        }
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
