import SSESockets

extension EventLoop {
  /// One of the loops that all clients share.
  static func shared(forURL url: String) throws(EventClientError) -> EventLoop {
    do throws(SocketError) {
      return try EventLoopGroup.shared.next()
    } catch {
      throw .connectionFailed("\(error)", url: url)
    }
  }
}
