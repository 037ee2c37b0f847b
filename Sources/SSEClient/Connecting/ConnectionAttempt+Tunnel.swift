import SSEHTTP1
import SSESockets

extension ConnectionAttempt {
  /// Has a proxy connect to the URL's host (RFC 9110, 9.3.6). Afterwards the connection carries what the two ends say.
  ///
  /// - Throws: `.proxyRefused` for any status but 2xx, with as much of its body as comes within
  ///   `EventClientTimeouts.errorBody`; `.proxyFailed` where there is no such answer.
  func openTunnel(through proxy: Proxy, over connection: Connection) async throws(EventClientError) {
    let request = try tunnelRequest()
    do throws(SocketError) { try await connection.send(request) } catch { throw proxyFailed(error.kind.explanation) }
    var answer = TunnelAnswer(configuration.limits)
    var deadline: Moment?
    while true {
      let step: TunnelAnswer.Step
      do throws(HTTP1Error) { step = try answer.next() } catch { throw proxyFailed("its answer to CONNECT: \(error)") }
      switch step {
      case .opened: return
      case .missing: throw proxyFailed("it closed the connection without an answer to CONNECT")
      case .refused(let head, let body):
        throw .proxyRefused(RefusedResponse(url: url.description, head: head, body: body), proxy: "\(proxy)")
      case .needsHead:
        do throws(SocketError) {
          let bytes = try await connection.receive()
          if bytes.isEmpty { answer.receivedEnd() } else { answer.received(bytes) }
        } catch {
          throw proxyFailed(error.kind.explanation)
        }
      case .needsBody:
        let end = deadline ?? clock.now + configuration.timeouts.errorBody
        deadline = end
        let incoming = IncomingConnection.socket(.plain(connection))
        let limit = max(.zero, end - clock.now)
        if case .bytes(let bytes) = await incoming.receive(within: limit, clock: clock, loop: connection.loop) {
          answer.received(bytes)
        } else {
          answer.receivedEnd()  // What has come is told.
        }
      }
    }
  }

  private func tunnelRequest() throws(EventClientError) -> [UInt8] {
    var fields: HeaderFields = ["Host": url.authority]
    fields["Proxy-Authorization"] = proxyAuthorization
    var message: [UInt8] = []
    do throws(HTTP1Error) {
      try HeadWriter.append(method: .connect, target: url.authority, headers: fields, to: &message)
    } catch {
      throw .invalidRequest("\(error)", url: url.description)
    }
    return message
  }
}
