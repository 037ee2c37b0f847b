import Foundation
import SSESockets
import SSETestSupport
import Testing

@testable import SSEServer

/// Alone, since a signal is the process's.
@Suite("A certificate is read again", .serialized, .timeLimit(.minutes(1)))
struct TLSReloadResourceTests {
  init() async throws { try await TestCertificates.prepare() }

  /// Files of a certificate that a test replaces by another one's.
  private struct Files {
    let folder: URL
    var tls: EventServerTLS {
      EventServerTLS(
        chainFile: folder.appending(path: "chain.pem").path(percentEncoded: false),
        privateKeyFile: folder.appending(path: "key.pem").path(percentEncoded: false))
    }

    func replace(by name: String) throws {
      let new = try EventServerTLS.test(name)
      try Data(contentsOf: URL(filePath: new.chainFile)).write(to: folder.appending(path: "chain.pem"))
      try Data(contentsOf: URL(filePath: new.privateKeyFile)).write(to: folder.appending(path: "key.pem"))
    }
  }

  private static func withFiles(_ body: (Files) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sse-reload-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = Files(folder: folder)
    try files.replace(by: "valid")
    try await body(files)
  }

  private static func problem(port: Int) async throws -> TLSError? {
    do {
      _ = try await SecureConnection.connect(port: port)
      return nil
    } catch let error as TLSError {
      return error
    }
  }

  @Test("New connections get the new certificate, open ones go on; one that cannot be used leaves the old one")
  func reload() async throws {
    let topic = Topic()
    var router = Router()
    router.events("/", from: topic)
    try await Self.withFiles { files in
      var configuration = EventServerConfiguration()
      configuration.tls = files.tls
      let server = EventServer(router, port: 0, configuration: configuration)
      try await withRunningServer(server) { running in
        let port = running.address.port
        let reader = try await SecureConnection.get("/", port: port)
        _ = try await reader.readHead()
        try files.replace(by: "expired")
        #expect(try await Self.problem(port: port) == nil)
        try server.reloadCertificate()
        #expect(try await Self.problem(port: port) == .untrustedCertificate(.expired, host: "127.0.0.1"))
        try Data("nonsense".utf8).write(to: files.folder.appending(path: "key.pem"))
        let error = #expect(throws: EventServerError.self) { try server.reloadCertificate() }
        #expect("\(try #require(error))".contains("key.pem"))
        #expect(try await Self.problem(port: port) == .untrustedCertificate(.expired, host: "127.0.0.1"))
        try await topic.publish(ServerSentEvent(data: "still here"))
        try await reader.read(through: "data: still here\n\n")
        running.cancel()
        try await running.end()
      }
      #expect(throws: Never.self) { try server.reloadCertificate() }
    }
  }

  @Test("SIGHUP does it too, and the log says what came of it")
  func signal() async throws {
    let log = Recorder<String>()
    let addresses = Recorder<EventServer.Address>()
    try await Self.withFiles { files in
      var configuration = EventServerConfiguration()
      configuration.tls = files.tls
      configuration.log = { log.note("\($0)") }
      let server = EventServer(Router(), port: 0, configuration: configuration)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try await server.run(drainingOn: [], reloadingOn: [.hangUp]) { addresses.note($0) }
        }
        let port = try await addresses.first { _ in true }.port
        try files.replace(by: "expired")
        kill(getpid(), SIGHUP)
        try await log.first { $0.contains("was read again") }
        #expect(try await Self.problem(port: port) == .untrustedCertificate(.expired, host: "127.0.0.1"))
        try FileManager.default.removeItem(at: files.folder.appending(path: "chain.pem"))
        kill(getpid(), SIGHUP)
        try await log.first { $0.contains("stays in use") && $0.contains("chain.pem") }
        server.drain()
        try await group.waitForAll()
      }
    }
  }

  @Test("A server whose certificate cannot be used does not run, and says which file")
  func unusable() async throws {
    var configuration = EventServerConfiguration()
    configuration.tls = EventServerTLS(
      chainFile: "/nowhere/chain.pem", privateKeyFile: try TestCertificates.file("valid", isKey: true))
    let server = EventServer(Router(), port: 0, configuration: configuration)
    let error = await #expect(throws: EventServerError.self) { try await server.run() }
    #expect("\(try #require(error))".contains("'/nowhere/chain.pem'"))
    configuration.tls?.chainFile = try TestCertificates.file("other")
    let mismatched = EventServer(Router(), port: 0, configuration: configuration)
    await #expect(throws: EventServerError.self) { try await mismatched.run() }
  }
}
