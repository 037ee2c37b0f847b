import SSEServer
import ServiceLifecycle

struct EventService: Service {
  let server: EventServer

  func run() async throws {
    try await withGracefulShutdownHandler {
      try await server.run()
    } onGracefulShutdown: {
      server.drain()
    }
  }
}
