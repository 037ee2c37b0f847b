// What Documentation/Server.md names of swift-service-lifecycle, declared as its published source declares it.

public protocol Service: Sendable {
  func run() async throws
}

public func withGracefulShutdownHandler<T>(
  isolation: isolated (any Actor)? = #isolation, operation: () async throws -> T,
  onGracefulShutdown handler: @Sendable @escaping () -> Void
) async rethrows -> T {
  try await operation()
}
