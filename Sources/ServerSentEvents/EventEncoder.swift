/// Writes events as HTML Standard 9.2 wants them: `event`, `id`, `retry`, `data`, LF ends, one space after the colon.
/// Nothing that a caller passes can add a line or a field of its own.
///
///     var buffer: [UInt8] = []
///     try EventEncoder.encode(ServerSentEvent(data: "hello", id: "17"), into: &buffer)
///     // "id: 17\ndata: hello\n\n"
public enum EventEncoder {
  /// Appends an event. The type "message" is not written; data is split on LF, CR and CRLF, one `data` line each.
  ///
  /// - Throws: `EventStreamError.invalidType` or `.invalidID`; then nothing has been appended.
  public static func encode(
    _ event: borrowing ServerSentEvent, into buffer: inout [UInt8]
  ) throws(EventStreamError) {
    try validate(event)
    if event.type != "message", !event.type.isEmpty { append("event: ", event.type, to: &buffer) }
    if let id = event.id { append("id: ", id, to: &buffer) }
    if let retry = event.retry { append("retry: ", String(milliseconds(retry)), to: &buffer) }
    var data = event.data
    data.withUTF8 { appendLines($0, prefix: "data: ", to: &buffer) }
    buffer.append(ASCII.lineFeed)
  }

  /// Throws what `encode` would throw.
  public static func validate(_ event: borrowing ServerSentEvent) throws(EventStreamError) {
    if !event.type.utf8.allSatisfy(isAllowed) { throw .invalidType(event.type) }
    if let id = event.id, !id.utf8.allSatisfy(isAllowed) { throw .invalidID(id) }
  }

  /// Appends a comment and an empty line; each line of the text becomes a comment of its own.
  public static func encode(comment text: String, into buffer: inout [UInt8]) {
    var text = text
    text.withUTF8 { appendLines($0, prefix: ":", to: &buffer) }
    buffer.append(ASCII.lineFeed)
  }

  /// Appends a block that only sets the reconnection time, in whole milliseconds from 0 to 24 hours.
  public static func encode(retry: Duration, into buffer: inout [UInt8]) {
    append("retry: ", String(milliseconds(retry)), to: &buffer)
    buffer.append(ASCII.lineFeed)
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    byte != ASCII.lineFeed && byte != ASCII.carriageReturn && byte != ASCII.nul
  }

  private static func milliseconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = min(max(duration, .zero), longestRetry).components
    return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
  }

  private static func append(_ name: StaticString, _ value: String, to buffer: inout [UInt8]) {
    buffer.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    buffer.append(contentsOf: value.utf8)
    buffer.append(ASCII.lineFeed)
  }

  /// One prefixed line for each line of the text; an empty text is one empty line.
  private static func appendLines(
    _ text: UnsafeBufferPointer<UInt8>, prefix: StaticString, to buffer: inout [UInt8]
  ) {
    let bytes = UnsafeRawBufferPointer(text)
    var start = 0
    var isASCII = true
    while true {
      let end = LineEnd.first(in: bytes, from: start, isASCII: &isASCII) ?? bytes.count
      buffer.append(contentsOf: UnsafeBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount))
      buffer.append(contentsOf: bytes[start..<end])
      buffer.append(ASCII.lineFeed)
      guard end < bytes.count else { return }
      let isPair = bytes[end] == ASCII.carriageReturn && end + 1 < bytes.count && bytes[end + 1] == ASCII.lineFeed
      start = end + (isPair ? 2 : 1)
    }
  }
}
