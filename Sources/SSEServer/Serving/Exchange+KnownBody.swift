import SSEHTTP1
import SSESockets

/// A response that no handler writes: bytes, a file, or the events of a topic.
extension Exchange {
  /// Sends a response that no handler writes, or hands the connection over to a topic.
  @inline(never)
  func sendKnownBody() async -> RequestLoop.Next {
    // A body that nobody asked for is read, so that it is not taken for the next request; but a refusal does not wait
    // for the body that it refuses.
    let isRefusal = response.status.code >= 400
    let canGoOn = isRefusal ? body?.dropWhatHasCome() ?? true : await discardBody()
    let keepAlive = mayKeepConnection(bodyCanBeSkipped: canGoOn)
    var isWhole = true
    switch response.body {
    case .topics(let stream) where method != .head:
      // Now or never: afterwards the socket is in the table of readers, and the task must end without a pause. What has
      // held the loop until here is reported with its route.
      await connection.letOthersRun()
      return handOver(to: stream)
    case .topics, .stream: appendStreamHead(keepAlive: keepAlive)  // Only its head was asked for.
    case .bytes(let bytes): append(bytes, keepAlive: keepAlive)
    case .file(let file):
      do { isWhole = try await send(file, keepAlive: keepAlive) } catch {
        log(error)
        ended(.failed)
        return .close
      }
    }
    let isSent = await connection.allSent() && isWhole
    ended(isSent ? .complete : Task.isCancelled ? .serverEnded : connection.leave)
    return keepAlive && isSent ? .keep : .close
  }

  private func append(_ bytes: [UInt8], keepAlive: Bool) {
    socket.append { buffer in
      response.appendHead(to: &buffer, bodyLength: bytes.count, keepAlive: keepAlive)
      if method != .head { buffer.append(contentsOf: bytes) }
    }
  }

  /// False where the file was not sent to its end.
  private func send(_ file: FileBody, keepAlive: Bool) async throws -> Bool {
    socket.append { response.appendHead(to: &$0, bodyLength: file.length, keepAlive: keepAlive) }
    guard method != .head else { return true }
    while socket.sendFailure == nil, !Task.isCancelled {
      guard let piece = try file.nextPiece() else { return true }
      socket.append { $0.append(contentsOf: piece) }
      socket.flush()
      await socket.drained()
      await connection.letOthersRun()
    }
    return false
  }

  private func appendStreamHead(keepAlive: Bool) {
    socket.append { buffer in
      response.appendStreamHead(
        to: &buffer, isChunked: isChunked, coding: coding, keepAlive: keepAlive, announcing: server.announcedKeepAlive)
    }
  }

  /// Gives the socket to the loop's topic readers: such a connection has no task and carries nothing afterwards.
  private func handOver(to stream: TopicStream) -> RequestLoop.Next {
    appendStreamHead(keepAlive: false)
    guard method != .head else {
      socket.flush()
      ended(.complete)
      return .close
    }
    record.status = response.status
    isCountedForItself = false
    server.handOver(connection, to: stream, isChunked: isChunked, isCompressed: coding == .gzip, record)
    return .handedOver
  }
}
