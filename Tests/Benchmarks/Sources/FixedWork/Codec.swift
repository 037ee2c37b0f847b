// The parser and the encoder, without input or output.
import ServerSentEvents

/// Events as language models send them, and one in eight with every field and several lines.
private func exampleEvent(_ index: Int) -> ServerSentEvent {
  if index % 8 == 7 {
    return ServerSentEvent(data: "first line\nsecond \(index)\n\nfourth", type: "update", id: "\(index)")
  }
  let choice = #"{"index":0,"delta":{"content":" word \#(index)"},"logprobs":null,"finish_reason":null}"#
  return ServerSentEvent(
    data: #"{"id":"chatcmpl-9xQ2v7","object":"chat.completion.chunk","created":1728664098,"choices":[\#(choice)]}"#)
}

private let exampleEvents = (0..<1_024).map(exampleEvent)

/// Parses a stream of that many events, which comes in pieces of 16 KiB.
func parse(count: Int) throws {
  var stream: [UInt8] = []
  for event in exampleEvents { try EventEncoder.encode(event, into: &stream) }
  var parser = EventParser()
  var events = 0
  while events < count {
    var rest = stream[...]
    while !rest.isEmpty {
      parser.append(rest.prefix(16_384))
      rest = rest.dropFirst(16_384)
      while let element = try parser.next() {
        if case .event = element { events += 1 }
      }
    }
  }
  try WrongResult.check("events", events, (count + 1_023) / 1_024 * 1_024)
}

/// Encodes that many events into one buffer, which is emptied each 64 KiB.
func encode(count: Int) throws {
  var buffer: [UInt8] = []
  for index in 0..<count {
    if buffer.count > 65_536 { buffer.removeAll(keepingCapacity: true) }
    try EventEncoder.encode(exampleEvents[index % exampleEvents.count], into: &buffer)
  }
}
