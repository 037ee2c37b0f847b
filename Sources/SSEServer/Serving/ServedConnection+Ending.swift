import SSESockets

/// How a connection ends: so that the last bytes arrive, and without waiting for long.
extension ServedConnection {
  /// Why a response that was not sent to its end was not.
  var leave: EventServerAccessRecord.Ending {
    if isStalled { return .readerStalled }
    return socket.sendFailure?.kind == .timedOut ? .readerVanished : .readerLeft
  }

  /// How long the peer is given to take the last bytes, and then to close too. `EventServer.run` returns within a
  /// second of the last handler's return, so that both fit into one when the server ends.
  static let longestFarewell: Duration = .seconds(1)
  static let longestFarewellAtEnd: Duration = .milliseconds(400)
  /// Bytes that are still read, and dropped, before a close.
  static let farewellInput = 262_144

  /// Waits until the kernel has taken what was written; whether it has. Once the server ends, only for a moment.
  func allSent() async -> Bool {
    await whileEnding { await socket.allDrained() }
    return socket.unsentCount == 0 && socket.sendFailure == nil
  }

  /// The server drains: whoever waits only for its peer has waited long enough in a moment.
  func limitFarewell() {
    guard case .ending = activity, farewellTimer == nil else { return }
    // A close, and not a reset: what the kernel has taken still reaches a slow peer.
    farewellTimer = socket.loop.schedule(after: Self.longestFarewellAtEnd) { [unowned socket] in socket.close() }
  }

  private func whileEnding(_ wait: () async -> Void) async {
    let outer = activity
    activity = .ending
    if !server.acceptsFurtherRequests { limitFarewell() }
    await wait()
    activity = outer
    if let timer = farewellTimer { socket.loop.cancel(timer) }
    farewellTimer = nil
  }

  /// Closes so that the last bytes arrive: a close with unread input would send a reset that destroys them. Only
  /// so much is read, and only for a moment.
  @inline(never)
  func closeGently() async {
    defer { socket.close() }
    guard socket.isOpen, await allSent() else { return }
    socket.shutDownWriting()
    // Who was cancelled has no time for the peer's answer.
    if Task.isCancelled { return socket.dropInput(atMost: Self.farewellInput) }
    let timer = socket.loop.schedule(after: Self.longestFarewell) { [unowned socket] in socket.close() }
    defer { socket.loop.cancel(timer) }
    await whileEnding {
      var budget = Self.farewellInput
      // Any end will do.
      while budget > 0, let bytes = try? await socket.receive(), !bytes.isEmpty { budget -= bytes.count }
    }
  }
}
