import Foundation
import ServerSentEvents

/// Encodes the events of a file again and again into a buffer that is emptied at 64 KiB, as a connection's is.
func measureEncoder(file: String, repeats: Int) throws {
  let events = try readEvents(of: file)
  var buffer: [UInt8] = []
  var bytes = 0
  let duration = try ContinuousClock().measure {
    for _ in 0..<repeats {
      for event in events {
        try EventEncoder.encode(event, into: &buffer)
        guard buffer.count >= 65_536 else { continue }
        bytes += buffer.count
        buffer.removeAll(keepingCapacity: true)
      }
    }
  }
  bytes += buffer.count
  let nanoseconds = duration / .nanoseconds(1) / Double(events.count * repeats)
  let megabytes = Double(bytes) / 1e6 / (duration / .seconds(1))
  print(
    #"{"measure":"encode","events":\#(events.count * repeats),"ns_per_event":\#(nanoseconds),"#
      + #""megabytes_per_second":\#(megabytes)}"#)
}

private func readEvents(of file: String) throws -> [ServerSentEvent] {
  var parser = EventParser()
  parser.append([UInt8](try Data(contentsOf: URL(filePath: file))))
  var events: [ServerSentEvent] = []
  while let element = try parser.next() {
    if case .event(let event) = element { events.append(event) }
  }
  return events
}
