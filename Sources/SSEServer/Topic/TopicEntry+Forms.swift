import SSEHTTP1
import Synchronization

/// The forms in which an event goes over the wire.
extension TopicEntry {
  /// Bytes that all readers of a form share, and which of them a reader is written.
  struct Form {
    let entry: TopicEntry
    let bytes: [UInt8]
    let range: Range<Int>
    /// Its share in the checksum of a compressed stream.
    var part: GzipChecksum.Part?
  }

  /// The event in blocks of its own of a gzip member, in a chunk as `TopicEntry.chunk` is.
  final class Compressed: Sendable {
    let chunk: [UInt8]
    /// The blocks alone, for readers without chunks.
    let content: Range<Int>
    let part: GzipChecksum.Part

    init(_ bytes: ArraySlice<UInt8>, by blocks: GzipBlocks) {
      let block = blocks.block(of: bytes)
      var chunk: [UInt8] = []
      chunk.reserveCapacity(block.bytes.count + ChunkedCoding.mostAdded)
      ChunkedCoding.appendChunk(to: &chunk) { $0 += block.bytes }
      let end = chunk.count - 2
      self.chunk = chunk
      content = (end - block.bytes.count)..<end
      part = block.part
    }

    /// The bytes for a reader with chunks, or without.
    func form(of entry: TopicEntry, isChunked: Bool) -> Form {
      Form(entry: entry, bytes: chunk, range: isChunked ? chunk.indices : content, part: part)
    }

    /// The same for a reader that has the size of its chunk from elsewhere.
    func rest(of entry: TopicEntry, isChunked: Bool) -> Form {
      let end = isChunked ? chunk.count : content.upperBound
      return Form(entry: entry, bytes: chunk, range: content.lowerBound..<end, part: part)
    }
  }

  /// What has been compressed so far.
  struct CompressedForms {
    fileprivate var event: Compressed?
    fileprivate var rest: Compressed?
  }

  func form(isChunked: Bool) -> Form {
    Form(entry: self, bytes: chunk, range: isChunked ? chunk.indices : event)
  }

  /// What follows the line with the ID, for a reader that has the lines before from elsewhere, and the size of its
  /// chunk.
  func rest(isChunked: Bool) -> Form {
    Form(entry: self, bytes: chunk, range: idLine.upperBound..<(isChunked ? chunk.count : event.upperBound))
  }

  /// The whole event compressed. Made when the first reader needs it: loops that come to it at once wait for the one
  /// that makes it, which takes no longer than doing it again. Where servers with other levels serve the topic too, the
  /// first one's is everyone's.
  func compressed(by blocks: GzipBlocks) -> Compressed {
    compressed.withLock { forms in
      if let made = forms.event { return made }
      let made = Compressed(chunk[event], by: blocks)
      forms.event = made
      return made
    }
  }

  /// What follows the line with the ID, compressed.
  func compressedRest(by blocks: GzipBlocks) -> Compressed {
    compressed.withLock { forms in
      if let made = forms.rest { return made }
      let made = Compressed(chunk[idLine.upperBound..<event.upperBound], by: blocks)
      forms.rest = made
      return made
    }
  }
}
