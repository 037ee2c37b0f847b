import SSEHTTP1
import SSESockets

/// The bytes that a reader gets: chunked or not, compressed or not, the log's or its own.
extension TopicReader {
  /// The form of a whole event that this reader gets.
  func form(of entry: TopicEntry) -> TopicEntry.Form {
    guard isCompressed, let blocks = first.readers.blocks else { return entry.form(isChunked: isChunked) }
    return first.readers.compressed(entry, by: blocks).form(of: entry, isChunked: isChunked)
  }

  /// What of an event is the same for every reader, whatever else it reads on its connection.
  func rest(of entry: TopicEntry) -> TopicEntry.Form {
    guard isCompressed, let blocks = first.readers.blocks else { return entry.rest(isChunked: isChunked) }
    return entry.compressedRest(by: blocks).rest(of: entry, isChunked: isChunked)
  }

  // MARK: - What is the reader's own

  func append<E: Error>(_ payload: (inout [UInt8]) throws(E) -> Void) throws(E) {
    guard isCompressed else { return try appendFramed(payload) }
    var bytes: [UInt8] = []
    try payload(&bytes)
    appendFramed { $0 += inOwnForm(bytes[...]) }
  }

  /// Bytes for this reader alone as they go over the wire, but for their chunk; they are part of its checksum from now
  /// on.
  func inOwnForm(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard isCompressed, let blocks = first.readers.blocks else { return bytes }
    let block = blocks.block(of: bytes)
    first.readers.add(block.part, toChecksumAt: first.place)
    return block.bytes[...]
  }

  func appendFramed<E: Error>(_ payload: (inout [UInt8]) throws(E) -> Void) throws(E) {
    try socket.append { buffer throws(E) in
      if isChunked { try ChunkedCoding.appendChunk(to: &buffer, payload) } else { try payload(&buffer) }
    }
  }

  /// What tells that the stream has ended, and was not cut.
  func appendEnd() {
    if isCompressed { appendFramed { $0 += GzipBlocks.end(first.readers.checksum(at: first.place)) } }
    if isChunked { socket.append { $0 += ChunkedCoding.lastChunk } }
  }
}
