import SSESockets
import ServerSentEvents

/// A reader of several topics, with a view of its own, or with something to catch up with.
extension TopicReader {
  /// Writes one event of the topics in turn, so that a long way to go in one does not hold up the others. False where
  /// nothing can be done for now.
  func deliverNext(_ particulars: ReaderParticulars) -> Bool {
    for _ in 0..<topicCount {
      if !isInEvent { particulars.current = (particulars.current + 1) % topicCount }
      switch lookUpNext(particulars) {
      case .entry(let entry): return write(entry, particulars)
      case .gone: return overtaken(in: particulars.current)
      case .notYet: continue
      }
    }
    if particulars.areOver { self.particulars = nil }
    socket.flush()
    return false
  }

  private func lookUpNext(_ particulars: ReaderParticulars) -> TopicLog.Lookup {
    let membership = membership(particulars.current)
    let next = membership.position.next
    let limit = particulars.newestOnlyUntil[particulars.current]
    guard next < limit else {
      particulars.newestOnlyUntil[particulars.current] = 0
      return membership.readers.lookUp(next)
    }
    // What has been begun is finished, also where a newer one of its key has come since.
    if isInEvent, case .entry(let entry) = membership.readers.lookUp(next) { return .entry(entry) }
    let newest = membership.readers.topic.newestOfKey(from: next, before: limit)
    guard !isInEvent || newest?.sequence == next else { return .gone }
    skip(to: newest?.sequence ?? limit, in: particulars.current)
    return newest.map { .entry($0.entry) } ?? membership.readers.lookUp(limit)
  }

  /// False when the socket took less than the whole event.
  private func write(_ entry: TopicEntry, _ particulars: ReaderParticulars) -> Bool {
    let index = particulars.current
    if !isInEvent {
      do {
        switch try particulars.view.form(of: membership(index).readers.event(of: entry)) {
        case .asPublished: break
        case .leftOut:
          membership(index).position.next += 1
          particulars.hasLeftOut = true
          return true
        case .own(var event):
          event.id = lastEventID(writing: index)
          try append { buffer throws(EventStreamError) in try EventEncoder.encode(event, into: &buffer) }
          hasWritten(entry, in: index)
          if socket.unsentCount >= StreamSocket.waitingBytesLimit { socket.flush() }
          return true
        }
      } catch {
        fail(error)
        return false
      }
      if !particulars.names.isEmpty { appendOwnLines(of: entry, index) }
    }
    return write(particulars.hasBegun ? rest(of: entry) : form(of: entry), in: index)
  }

  /// With several topics the ID names the position in each; what follows it is the same for all readers.
  private func appendOwnLines(of entry: TopicEntry, _ index: Int) {
    let id = "id: \(lastEventID(writing: index))\n"
    let lines = inOwnForm(entry.chunk[entry.event.lowerBound..<entry.idLine.lowerBound] + id.utf8)
    // The chunk ends with the CRLF of what comes from the log.
    let count = lines.count + rest(of: entry).range.count - 2
    socket.append { buffer in
      if isChunked { buffer.append(contentsOf: "\(String(count, radix: 16))\r\n".utf8) }
      buffer.append(contentsOf: lines)
    }
    particulars?.hasBegun = true
  }

  /// The reader's position after what has been written, and after the event of one topic that is being written.
  func lastEventID(writing current: Int?) -> String {
    let ids = (0..<topicCount).map { index in
      let membership = membership(index)
      return TopicID(
        epoch: membership.readers.topic.epoch, sequence: membership.position.next - (index == current ? 0 : 1))
    }
    guard let names = particulars?.names, !names.isEmpty else { return ids[0].description }
    return zip(names, ids).map { "\($0)=\($1)" }.joined(separator: ",")
  }

  /// A comment. A view that leaves events out would have its reader come back to a place that is long gone, so the
  /// block also tells where it stands: without data it is no event, and yet moves the last event ID (HTML Standard,
  /// 9.2.6).
  func appendKeepAlive() {
    let id = particulars?.hasLeftOut == true && !isInEvent ? lastEventID(writing: nil) : nil
    particulars?.hasLeftOut = false
    append { buffer in
      if let id {
        buffer.append(contentsOf: ":\nid: \(id)\n\n".utf8)
      } else {
        EventEncoder.encode(comment: "", into: &buffer)
      }
    }
  }

  /// Begins with what the snapshot gives, in place of all that these topics have published before.
  func begin(_ topics: [Int], with snapshot: TopicView.Snapshot) {
    // First the position, then the snapshot: what is published between the two comes again rather than never.
    for index in topics {
      membership(index).position.next = membership(index).readers.topic.glance.end
      particulars?.newestOnlyUntil[index] = 0
    }
    do {
      guard var event = try snapshot() else { return }
      event.id = lastEventID(writing: nil)
      try append { buffer throws(EventStreamError) in try EventEncoder.encode(event, into: &buffer) }
    } catch {
      fail(error)
    }
  }

  /// The view has thrown: as where a handler throws, the stream is cut and the log told.
  private func fail(_ error: any Error) {
    particulars?.failure = error
    socket.cutEncryption()
    close(.failed)
  }
}

extension TopicView {
  enum Form {
    case asPublished
    case leftOut
    case own(ServerSentEvent)
  }

  func form(of event: @autoclosure () -> ServerSentEvent?) throws -> Form {
    guard filter != nil || transform != nil, let event = event() else { return .asPublished }
    if let filter, try !filter(event) { return .leftOut }
    guard let transform else { return .asPublished }
    return try transform(event).map { .own($0) } ?? .leftOut
  }
}
