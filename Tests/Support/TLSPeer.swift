import Foundation
import Synchronization

/// Certificates made for these tests with the `openssl` command, once a process: see `Fixtures/certificates.sh`.
package enum TestCertificates {
  /// Makes them. A suite that uses them does this in its `init`: whoever asked for a file first would hold one of the
  /// threads that all tests share for as long as that takes, a quarter of a second and more.
  package static func prepare() async throws { _ = try await onThread { try folder.get() } }

  /// The file of a certificate or, with `key`, of its private key.
  package static func file(_ name: String, isKey: Bool = false) throws -> String {
    "\(try directory())/\(name).\(isKey ? "key" : "pem")"
  }

  static func directory() throws -> String { try folder.get().path(percentEncoded: false) }

  /// A pin of the valid certificate's public key, as another program made it.
  package static func pin() throws -> String {
    let text = try String(contentsOf: folder.get().appending(path: "valid.pin"), encoding: .utf8)
    return "sha256//" + text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static let folder = Result { try make() }

  private static func make() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sse-certificates-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    toRemove.withLock { $0 = folder }
    atexit { TestCertificates.toRemove.withLock { $0.map { try? FileManager.default.removeItem(at: $0) } } }
    let quiet = "exec bash \"$0\" \"$1\" >\"$1/log\" 2>&1"
    let arguments = ["-c", quiet, try fixture("certificates.sh"), folder.path(percentEncoded: false)]
    let script = try ChildProcess("bash", arguments, output: STDERR_FILENO, errors: STDERR_FILENO)
    script.waitUntilEnd()
    guard script.exitStatus == 0 else {
      throw NeverHappened(description: "certificates.sh ended with \(script.exitStatus ?? -1)")
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

/// Runs an HTTPS server of Python's `ssl` while `body` runs, with a port for each of these `TestCertificates`: see
/// `Fixtures/tls_peer.py`. It writes a line for each request, and for how each connection ended.
package func withTLSPeers<R>(
  certificates: [String], clientAuthority: String? = nil, isolation: isolated (any Actor)? = #isolation,
  _ body: (_ peer: RunningProgram, _ ports: [String: Int]) async throws -> R
) async throws -> R {
  try await TestCertificates.prepare()
  let arguments = [try fixture("tls_peer.py"), try TestCertificates.directory(), clientAuthority ?? "-"] + certificates
  return try await withRunningProgram("python3", arguments) { peer in
    var ports: [String: Int] = [:]
    // A busy machine takes its time to start it.
    try await eventually("the ports are open: \(peer.output)", within: .seconds(30)) {
      for line in peer.output.matches(of: /(?m)^(\S+) http:\/\/127.0.0.1:(\d+)$/) {
        ports[String(line.1)] = Int(line.2)
      }
      return ports.count == certificates.count
    }
    return try await body(peer, ports)
  }
}

/// The same with one certificate.
package func withTLSPeer<R>(
  certificate: String = "valid", clientAuthority: String? = nil, isolation: isolated (any Actor)? = #isolation,
  _ body: (_ peer: RunningProgram, _ port: Int) async throws -> R
) async throws -> R {
  try await withTLSPeers(certificates: [certificate], clientAuthority: clientAuthority) { peer, ports in
    try await body(peer, ports[certificate] ?? 0)
  }
}
