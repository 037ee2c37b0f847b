import Foundation
import SSEServer

/// The service: its routes, and the clients that it runs for a harness.
///
///     GET /                what the client can do
///     POST /               starts a client; its URL is the answer's Location
///     POST /clients/1      a command to that client
///     DELETE /clients/1    ends it
///     DELETE /             ends the service
struct ContractService: Sendable {
  /// What a harness may test. `event-type-listeners` is not among them: this client delivers events of all types.
  static let capabilities = [
    "bom", "comments", "headers", "last-event-id", "post", "read-timeout", "report", "restart",
    "server-directed-shutdown-request",
  ]

  private let clients = ClientTable()
  private let log: @Sendable (String) -> Void

  init(log: @escaping @Sendable (String) -> Void = { _ in }) { self.log = log }

  /// Serves until `DELETE /`, one of these signals, or its task's cancellation. No client is left when it returns.
  func run(
    _ options: ServiceOptions, endingOn signals: [Signal] = [],
    onListening: @escaping @Sendable (EventServer.Address) -> Void
  ) async throws {
    let server = EventServer(router(), host: options.host, port: options.port)
    try await withThrowingDiscardingTaskGroup { group in
      group.addTask {
        // However the server has ended, the loop below ends too.
        defer { clients.close() }
        try await server.run(drainingOn: signals, onListening: onListening)
      }
      for await (number, client) in clients.started {
        group.addTask {
          await client.run()
          clients.remove(number)
        }
      }
      clients.stopAll()
      // Answers the request that has ended the service first.
      server.drain()
    }
  }

  // MARK: - Routes

  private func router() -> Router {
    var router = Router()
    router.get("/") { _ in try .json(["capabilities": Self.capabilities]) }
    router.delete("/") { _ in
      clients.close()
      return Response(status: .noContent)
    }
    router.post("/") { request in
      try await refusingInvalid { try start(try ClientParameters(json: try await request.body()), for: request) }
    }
    router.post("/clients/:number") { request in
      let client = try client(of: request)
      return try await refusingInvalid {
        switch try ClientCommand(json: try await request.body()) {
        case .listen: break  // It has been listening to all types from the start.
        case .restart: client.restart()
        }
        return Response(status: .accepted)
      }
    }
    router.delete("/clients/:number") { request in
      try client(of: request).stop()
      return Response(status: .noContent)
    }
    return router
  }

  private func client(of request: Request) throws -> ContractClient {
    guard let number = Int(request.parameters["number"] ?? ""), let client = clients[number] else {
      throw HTTPStatus.notFound
    }
    return client
  }

  private func start(_ parameters: ClientParameters, for request: Request) throws -> Response {
    guard let number = clients.add(try ContractClient(parameters, log: log)) else {
      throw HTTPStatus.serviceUnavailable
    }
    log("client \(number) follows \(parameters.streamUrl)\(parameters.tag.map { " (\($0))" } ?? "")")
    let base = request.headers["Host"].map { "http://\($0)" } ?? ""
    return Response(status: .created, headers: ["Location": "\(base)/clients/\(number)"])
  }

  /// Answers what is wrong with a request's JSON with 400 and the reason.
  private func refusingInvalid(_ body: () async throws -> Response) async throws -> Response {
    do {
      return try await body()
    } catch let error as InvalidParameter {
      return try .json(["error": error.description], status: .badRequest)
    }
  }
}
