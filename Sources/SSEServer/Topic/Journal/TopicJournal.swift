/// Where a topic's events are kept beside its memory, so that they outlive the process. A file is one (`FileJournal`);
/// a Redis stream could be another. What readers get comes from memory (`TopicLog`) alone: a journal is appended to,
/// and read once, when its topic is made.
///
/// *Who calls.* `recover` once, before all else; then the topic under its lock, one call at a time, from any thread:
/// also from an event loop's, which serves nobody meanwhile.
///
/// *How long.* `append` and `forget` may take as long as handing bytes to the kernel does: they wait for no disk, no
/// network and no other thread. A journal that has to wait keeps what it was given and lets `append` fail when that is
/// too much. `recover` may take its time.
///
/// *What a failure means.* The event is not published, and its publisher gets the error; nothing of it may be found by
/// a later `recover`. The next call tries anew. A failure of `recover` means that there is no topic.
package protocol TopicJournal: AnyObject, Sendable {
  /// What tells this log's IDs from those of another; in base 36.
  var epoch: String { get }
  /// The sequence number of the first event that `recover` gives, but for those that `forget` has had kept; where it
  /// gives none, of the event that is published next.
  var first: UInt64 { get }

  /// Gives what was appended and not forgotten: from `first` on in order and without a hole, and, anywhere between
  /// them, the records before `first` that `forget` has had kept, which may be more than it has had kept at last.
  ///
  /// - Parameter restore: Takes a record; false where it cannot be one of this log.
  func recover(_ restore: (TopicRecord) -> Bool) throws(TopicError)

  /// Keeps an event; its sequence number is the one after that of the last. When this returns the event outlives the
  /// process.
  func append(_ record: TopicRecord) throws(TopicError)

  /// Called before each `append`: what stands before `oldest` is not held any more, and may be forgotten, but for some.
  ///
  /// - Parameter kept: Gives the first record from a sequence number on that is before `oldest` and still held, as the
  ///   newest of its key.
  func forget(before oldest: UInt64, but kept: (_ from: UInt64) -> TopicRecord?) throws(TopicError)
}
