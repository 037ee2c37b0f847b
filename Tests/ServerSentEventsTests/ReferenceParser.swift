import ServerSentEvents

/// HTML Standard 9.2.5 and 9.2.6, word by word over a whole stream: slow, without limits, and not like `EventParser`.
struct ReferenceParser {
  /// Text as bytes, since strings are equal already when they are canonically equivalent.
  enum Element: Hashable {
    case event(type: [UInt8], data: [UInt8], id: [UInt8]?, retry: Duration?, lastEventID: [UInt8])
    case comment([UInt8])
    case retry(Duration)
    case lastEventID([UInt8])

    init(_ element: EventStreamElement) {
      switch element {
      case .event(let event):
        self = .event(
          type: Array(event.type.utf8), data: Array(event.data.utf8), id: event.id.map { Array($0.utf8) },
          retry: event.retry, lastEventID: Array(event.lastEventID.utf8))
      case .comment(let text): self = .comment(Array(text.utf8))
      case .retry(let delay): self = .retry(delay)
      case .lastEventID(let id): self = .lastEventID(Array(id.utf8))
      }
    }
  }

  private(set) var elements: [Element] = []
  private var data: [UInt8] = []
  private var type: [UInt8] = []
  private var id: [UInt8]?
  private var retry: Duration?
  private var lastEventID: [UInt8] = []

  init(_ stream: [UInt8]) {
    let bytes = stream.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(stream.dropFirst(3)) : stream
    var line: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      if byte == 0x0A, index > 0, bytes[index - 1] == 0x0D { continue }
      if byte == 0x0A || byte == 0x0D {
        process(line)
        line = []
      } else {
        line.append(byte)
      }
    }
  }

  private mutating func process(_ line: [UInt8]) {
    if line.isEmpty { return dispatch() }
    let colon = line.firstIndex(of: 0x3A) ?? line.count
    var value = line.dropFirst(colon + 1)
    if colon == 0 { return elements.append(.comment(Self.repaired(value))) }
    if value.first == 0x20 { value = value.dropFirst() }
    switch String(decoding: line[..<colon], as: UTF8.self) {
    case "data": data += value + [0x0A]
    case "event": type = Self.repaired(value)
    case "id": if !value.contains(0) { id = Self.repaired(value) }
    case "retry":
      guard !value.isEmpty, value.allSatisfy({ (0x30...0x39).contains($0) }) else { return }
      let milliseconds = Double(String(decoding: value, as: UTF8.self)) ?? 0
      let delay = Duration.milliseconds(Int(min(milliseconds, 86_400_000)))
      retry = delay
      elements.append(.retry(delay))
    default: break
    }
  }

  private mutating func dispatch() {
    if let id { lastEventID = id }
    if !data.isEmpty {
      elements.append(
        .event(
          type: type.isEmpty ? Array("message".utf8) : type, data: Self.repaired(data.dropLast()), id: id, retry: retry,
          lastEventID: lastEventID))
    } else if let id {
      elements.append(.lastEventID(id))
    }
    data = []
    type = []
    id = nil
    retry = nil
  }

  private static func repaired(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    Array(String(decoding: bytes, as: UTF8.self).utf8)
  }
}
