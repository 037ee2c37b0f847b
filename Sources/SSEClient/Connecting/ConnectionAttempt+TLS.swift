import SSESockets

extension ConnectionAttempt {
  /// What secures the connection; nil for `http`. Reads files where these settings are used for the first time, so not
  /// on the loop.
  @concurrent func tlsContext() async throws(EventClientError) -> TLSContext? {
    guard url.scheme == .https else { return nil }
    do throws(TLSError) {
      return try TLSContextCache.shared.context(for: configuration.tls.configuration())
    } catch {
      throw .secureConnectionFailed(TLSFailure(error), url: url.description)
    }
  }

  /// The stream of bytes over a connection that stands, to the server or through a proxy. The connection is closed
  /// where it cannot be secured.
  func stream(over connection: Connection, context: TLSContext?) async throws(EventClientError) -> ByteStream {
    guard let context else { return .plain(connection) }
    if configuration.tls.trust == .insecureWithoutVerification {
      configuration.log.write(line: "\(url.origin): TLS without verification, anyone may read and change what is sent")
    }
    do throws(SocketError) {
      return .secure(try await TLSConnection.client(over: connection, context: context, host: url.host))
    } catch {
      if case .tls(let error) = error.kind { throw .secureConnectionFailed(TLSFailure(error), url: url.description) }
      throw .connectionFailed(error.kind.explanation, url: url.description)
    }
  }
}
