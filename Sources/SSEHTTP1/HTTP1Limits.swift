/// What the parsers accept at most, in bytes where not said otherwise.
package struct HTTP1Limits: Sendable, Hashable {
  /// A request line: 414 beyond it.
  package var requestLine = 8_192
  /// A request's header section: 431 beyond it.
  package var headerSection = 16_384
  /// Fields of a head: 431 beyond it.
  package var headerCount = 100
  /// A request's body: 413 beyond it.
  package var requestBody = 1_048_576
  /// A chunk's size line with its extensions.
  package var chunkLine = 4_096
  /// Chunk extensions of a request beyond 16 bytes a chunk and twice its data.
  package var chunkOverhead = 16_384
  /// The trailer section.
  package var trailers = 16_384
  /// A response's head.
  package var responseHead = 65_536
  /// A line of a response's head.
  package var responseLine = 16_384

  package init() {}
}
