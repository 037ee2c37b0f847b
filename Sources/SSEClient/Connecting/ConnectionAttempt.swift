import SSESockets

/// Makes the connection of one attempt: finds the host's addresses and tries them in their order.
struct ConnectionAttempt: Sendable {
  let url: RequestURL
  let configuration: EventClientConfiguration
  let clock: ClientClock

  func connect(on loop: EventLoop) async throws(EventClientError) -> ByteStream {
    let context = try await tlsContext()
    do throws(SocketError) {
      let timeout = SocketError(.timedOut, "connect to", url.description)
      return try await withTimeLimit(
        configuration.timeouts.connect, by: clock, on: loop, executor: loop, timeout: timeout
      ) { () throws(SocketError) in try await stream(over: connectInOrder(on: loop), context: context) }
    } catch {
      throw clientError(error)
    }
  }

  private func connectInOrder(on loop: EventLoop) async throws(SocketError) -> Connection {
    var failure = SocketError(.unknownHost, "find", url.host)
    for address in try await addresses() {
      do throws(SocketError) {
        return try await Connection.connect(to: address, on: loop)
      } catch {
        failure = error
        if error.kind == .cancelled { break }
      }
    }
    throw failure
  }

  private func addresses() async throws(SocketError) -> [SocketAddress] {
    do {
      return try await configuration.nameResolver.addresses(of: url.host, port: url.port)
    } catch let error as SocketError {
      throw error
    } catch {
      throw SocketError(.unknownHost, "find", url.host)
    }
  }

  private func clientError(_ error: SocketError) -> EventClientError {
    switch error.kind {
    case .unknownHost: .unknownHost(url.host, url: url.description)
    case .refused: .connectionRefused(address: error.endpoint, url: url.description)
    case .timedOut: .timedOut(.connect, after: configuration.timeouts.connect, url: url.description)
    case .tls(let error): .secureConnectionFailed(TLSFailure(error), url: url.description)
    default: .connectionFailed(error.kind.explanation, url: url.description)
    }
  }
}
