import Foundation
import Synchronization

/// Certificates made for these tests with the `openssl` command, once a process: see `Fixtures/certificates.sh`.
package enum TestCertificates {
  /// The file of a certificate or, with `key`, of its private key.
  package static func file(_ name: String, isKey: Bool = false) throws -> String {
    try folder.get().appending(path: "\(name).\(isKey ? "key" : "pem")").path(percentEncoded: false)
  }

  /// Made by whoever asks first; that takes a quarter of a second.
  private static let folder = Result { try make() }

  private static func make() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sse-certificates-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    toRemove.withLock { $0 = folder }
    atexit { TestCertificates.toRemove.withLock { $0.map { try? FileManager.default.removeItem(at: $0) } } }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["bash", try fixture("certificates.sh"), folder.path(percentEncoded: false)]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw NeverHappened(description: "certificates.sh ended with \(process.terminationStatus)")
    }
    return folder
  }

  private static let toRemove = Mutex<URL?>(nil)
}

/// The path of a file in Tests/Support/Fixtures.
func fixture(_ name: String) throws -> String {
  guard let folder = Bundle.module.url(forResource: "Fixtures", withExtension: nil) else {
    throw NeverHappened(description: "there are no fixtures")
  }
  return folder.appending(path: name).path(percentEncoded: false)
}

/// Runs an HTTPS server of Python's `ssl` with one of `TestCertificates` while `body` runs: see `Fixtures/tls_peer.py`.
/// It writes a line for each request, and for how each connection ended.
package func withTLSPeer<R>(
  certificate: String = "valid", clientAuthority: String? = nil, isolation: isolated (any Actor)? = #isolation,
  _ body: (_ peer: RunningProgram, _ port: Int) async throws -> R
) async throws -> R {
  var arguments = [
    try fixture("tls_peer.py"), try TestCertificates.file(certificate),
    try TestCertificates.file(certificate, isKey: true),
  ]
  if let clientAuthority { arguments.append(try TestCertificates.file(clientAuthority)) }
  return try await withRunningProgram("python3", arguments) { peer in try await body(peer, try await peer.port()) }
}
