import Foundation
import SSETestSupport
import Testing

/// A reverse proxy that stands before a server for the time of a scope, on a port of its own.
enum ReverseProxy: String, CaseIterable, CustomTestStringConvertible {
  /// As Debian configures it: it buffers, and asks the server in HTTP/1.0.
  case nginx
  case nginxWithHTTP11
  /// With nothing but what it cannot do without.
  case haproxy
  /// With the two options that Documentation/Serving.md names.
  case haproxyForEvents

  static let comment: Comment = "Tests/run runs these, with SSE_TEST_PEERS=1; they need nginx and haproxy"

  var testDescription: String { rawValue }

  /// Runs it before a server; `body` gets its port. `settings` are further lines of nginx's `location`.
  func run(
    to server: URL, settings: String = "", _ body: (_ proxy: RunningProgram, _ port: Int) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sse-proxy-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.path(percentEncoded: false)
    let reservation = try RawListener(backlog: nil)
    defer { withExtendedLifetime(reservation) {} }
    let file = "\(path)/configuration"
    let upstream = "127.0.0.1:\(try #require(server.port))"
    let text =
      switch self {
      case .nginx: Self.nginx(reservation.port, upstream, folder: path, settings)
      case .nginxWithHTTP11:
        Self.nginx(
          reservation.port, upstream, folder: path,
          "proxy_http_version 1.1; proxy_set_header Connection \"\"; \(settings)")
      case .haproxy: Self.haproxy(reservation.port, upstream)
      case .haproxyForEvents: Self.haproxy(reservation.port, upstream, "option http-no-delay\n  option abortonclose")
      }
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    // Debian has them where only root's search path looks.
    let (program, arguments) =
      switch self {
      case .nginx, .nginxWithHTTP11: ("/usr/sbin/nginx", ["-e", "stderr", "-p", path, "-c", file])
      case .haproxy, .haproxyForEvents: ("/usr/sbin/haproxy", ["-db", "-f", file])
      }
    try await withRunningProgram(program, arguments) { proxy in
      try await eventually("it listens: \(proxy.output)") {
        (try? await RawConnection.connect(port: reservation.port)) != nil
      }
      try await body(proxy, reservation.port)
    }
  }

  /// Debian's package has these folders below /var, where only root may write.
  private static func nginx(_ port: Int, _ upstream: String, folder: String, _ settings: String) -> String {
    let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { "\($0)_temp_path \(folder)/\($0);" }
    return """
      daemon off;
      pid \(folder)/pid;
      worker_processes 1;
      worker_shutdown_timeout 100ms;
      events { worker_connections 64; }
      http {
        access_log off;
        \(folders.joined(separator: " "))
        server {
          listen 127.0.0.1:\(port);
          location / {
            proxy_pass http://\(upstream);
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            \(settings)
          }
        }
      }
      """
  }

  private static func haproxy(_ port: Int, _ upstream: String, _ settings: String = "") -> String {
    """
    defaults
      mode http
      timeout connect 5s
      timeout client 60s
      timeout server 60s
      option forwardfor
      \(settings)
    listen front
      bind 127.0.0.1:\(port)
      server events \(upstream)

    """
  }
}

extension RawConnection {
  /// Sends a request through a proxy.
  static func ask(port: Int, _ requestLine: String, from source: String? = nil) async throws -> RawConnection {
    let connection = try await connect(port: port, from: source)
    try await connection.write("\(requestLine) HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n")
    return connection
  }

  /// The status line and header section of what came.
  func readHead() async throws -> String { try await read(through: "\r\n\r\n") }
}
