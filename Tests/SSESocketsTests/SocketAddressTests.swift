import Foundation
import Testing

@testable import SSESockets

@Suite("Socket addresses and errors")
struct SocketAddressTests {
  @Test(
    "Addresses in digits are read and written alike",
    arguments: [
      ("127.0.0.1", 80, "127.0.0.1:80"), ("0.0.0.0", 0, "0.0.0.0:0"),
      ("255.255.255.255", 65_535, "255.255.255.255:65535"),
      ("::1", 8_080, "[::1]:8080"), ("2001:db8:0:0:0:0:0:1", 443, "[2001:db8::1]:443"),
      ("::ffff:1.2.3.4", 1, "[::ffff:1.2.3.4]:1"),
    ])
  func numeric(_ host: String, _ port: Int, _ description: String) throws {
    let address = try SocketAddress(numericHost: host, port: port)
    #expect(address.description == description)
    #expect(address.port == port)
  }

  @Test(
    "What is no address, or no port, is refused with what is wanted",
    arguments: [("localhost", 80), ("1.2.3", 80), ("127.0.0.1", -1), ("::1", 65_536), ("", 80), ("[::1]", 80)])
  func refused(_ host: String, _ port: Int) {
    let error = #expect(throws: SocketError.self) { try SocketAddress(numericHost: host, port: port) }
    #expect(error?.kind == .badAddress)
    #expect(error?.description.contains("\(host):\(port)") == true)
  }

  @Test(
    "The C library's form carries the whole address",
    arguments: [
      .ipv4(0x0102_0304, port: 5), .ipv6(high: 0x2001_0db8_0000_0001, low: 0x0203_0405_0607_0809, port: 443, scope: 3),
      .unix(path: "/tmp/socket"), .unix(path: String(repeating: "y", count: SocketAddress.longestUnixPath)),
    ] as [SocketAddress])
  func roundTrip(_ address: SocketAddress) {
    let again = address.withSocketAddress { pointer, _ in
      pointer.withMemoryRebound(to: sockaddr_storage.self, capacity: 1) { SocketAddress($0) }
    }
    #expect(again == address)
  }

  @Test("An interrupted call is made again, another failure is not")
  func interrupts() {
    var codes: [Int32] = [EINTR, EINTR, EPIPE]
    let failed = SystemCall.retryingInterrupts {
      errno = codes.removeFirst()
      return -1
    }
    #expect(failed == -1 && errno == EPIPE && codes.isEmpty)

    var results = [-1, 7]
    let value = SystemCall.retryingInterrupts {
      errno = EINTR
      return results.removeFirst()
    }
    #expect(value == 7)
  }

  @Test(
    "An errno is told as what it means",
    arguments: [
      (ECONNREFUSED, .refused), (ECONNRESET, .reset), (EPIPE, .reset), (ETIMEDOUT, .timedOut),
      (EADDRINUSE, .addressInUse),
      (EHOSTUNREACH, .unreachable), (EACCES, .permissionDenied), (EMFILE, .outOfDescriptors), (EIO, .system(EIO)),
    ] as [(Int32, SocketError.Kind)])
  func kinds(_ code: Int32, _ kind: SocketError.Kind) {
    #expect(SocketError.Kind(errno: code) == kind)
  }
}

/// A path for a Unix domain socket, removed at the end.
func withTemporaryPath(_ body: (String) async throws -> Void) async throws {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("sse-\(UUID().uuidString).socket").path
  defer { try? FileManager.default.removeItem(atPath: path) }  // Not there when the test did not get so far.
  try await body(path)
}
