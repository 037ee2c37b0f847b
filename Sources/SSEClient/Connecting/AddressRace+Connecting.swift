import SSESockets

extension Connection {
  /// Connects to the first of a host's addresses that answers, as an `AddressRace` says; the other attempts are closed
  /// before it returns. Cancelling the task ends all of them at once.
  static func connect(
    toFirstOf addresses: [SocketAddress], on loop: EventLoop
  ) async throws(AddressRace.Failure) -> Connection {
    let result = await withTaskGroup(of: RaceNews.self) { group in
      var race = AddressRace(addresses)
      while true {
        switch race.next() {
        case .fail(let failure):
          group.cancelAll()  // Delays that nobody waits for.
          return Result<Connection, AddressRace.Failure>.failure(failure)
        case .connect(let attempt):
          group.addTask(executorPreference: loop) { await RaceNews(of: attempt, on: loop) }
          guard let delay = attempt.delay else { continue }
          group.addTask(executorPreference: loop) {
            // Ends early with the race: then it does not matter.
            do { try await loop.sleep(for: delay) } catch {}
            return .delayEnded(attempt)
          }
        case .wait:
          switch await group.next() {
          case .connected(let winner):
            group.cancelAll()
            // Another may have been connected in the same turn, before it could be cancelled.
            for await case .connected(let loser) in group { loser.close() }
            return .success(winner)
          case .failed(let attempt, let kind): race.failed(attempt, kind)
          case .delayEnded(let attempt): race.delayEnded(attempt)
          case nil: return .failure(AddressRace.Failure())  // Never: an attempt is under way.
          }
        }
      }
    }
    return try result.get()
  }
}

private enum RaceNews: Sendable {
  case connected(Connection)
  case failed(AddressRace.Attempt, SocketError.Kind)
  case delayEnded(AddressRace.Attempt)

  init(of attempt: AddressRace.Attempt, on loop: EventLoop) async {
    do throws(SocketError) {
      self = .connected(try await Connection.connect(to: attempt.address, on: loop))
    } catch {
      self = .failed(attempt, error.kind)
    }
  }
}
