/// Finds records in a file, piece by piece: it keeps one piece, or one record where that is larger, and believes no
/// length that leads past the file's end or is above a record's limit. Without I/O: the bytes are asked for.
final class TopicFileReader {
  /// Bytes that are read at a time.
  static let pieceSize = 1_048_576

  /// Up to so many bytes from an offset on; fewer at the end alone.
  typealias Source = (_ offset: Int, _ count: Int) throws(TopicError) -> [UInt8]

  private let size: Int
  private let source: Source
  private var piece: [UInt8] = []
  /// Where in the file the piece begins.
  private var start = 0

  init(size: Int, source: @escaping Source) {
    self.size = size
    self.source = source
  }

  /// The record at an offset, and where the next one is; nil where there is no whole one.
  func record(at offset: Int) throws(TopicError) -> (record: TopicRecord, end: Int)? {
    guard let head = TopicRecord.Head(try bytes(at: offset, count: TopicRecord.headSize)) else { return nil }
    let count = TopicRecord.headSize + head.contentCount
    guard count <= size - offset, let record = TopicRecord(head, of: try bytes(at: offset, count: count)) else {
      return nil
    }
    return (record, offset + count)
  }

  /// Where the first whole record from an offset on stands.
  func firstRecord(from offset: Int) throws(TopicError) -> Int? {
    var offset = offset
    while offset + TopicRecord.headSize <= size {
      guard let first = try bytes(at: offset, count: TopicRecord.headSize).indices.first else { return nil }
      guard let found = piece[first...].firstIndex(of: TopicRecord.marker[0]) else {
        offset = start + piece.count
        continue
      }
      offset = start + found
      if try record(at: offset) != nil { return offset }
      offset += 1
    }
    return nil
  }

  /// So many bytes from an offset on; fewer where the file ends.
  func bytes(at offset: Int, count: Int) throws(TopicError) -> ArraySlice<UInt8> {
    let count = max(0, min(count, size - offset))
    if offset < start || offset + count > start + piece.count {
      piece = try source(offset, max(count, min(Self.pieceSize, size - offset)))
      start = offset
    }
    return piece[(offset - start)...].prefix(count)
  }
}
