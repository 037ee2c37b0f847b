import Foundation

/// Serves a file of an event stream to each who asks, `repeats` times in a row, as fast as they take it: in chunks of
/// 16 KiB, and at the path `/events` with a chunk for each event, as servers send them. Plain blocking sockets, one
/// connection after the other: it is to cost little beside its client.
func serveFile(_ file: String, port: Int, repeats: Int) throws {
  let bytes = [UInt8](try Data(contentsOf: URL(filePath: file)))
  let large = chunked(stride(from: 0, to: bytes.count, by: 16_384).map { bytes[$0..<min($0 + 16_384, bytes.count)] })
  let single = chunked(blocks(of: bytes))
  let listener = try listen(port: port)
  try FileHandle.standardOutput.write(contentsOf: Data("listening on http://127.0.0.1:\(port)\n".utf8))
  while true {
    let connection = accept(listener, nil, nil)
    if connection >= 0 { serve(connection, repeats: repeats) { $0 == "/events" ? single : large } }
  }
}

private func serve(_ connection: Int32, repeats: Int, body: (_ target: String) -> [UInt8]) {
  defer { close(connection) }
  let body = body(requestTarget(connection))
  let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
  guard sendAll(Array(head.utf8), to: connection) else { return }
  for _ in 0..<repeats {
    guard sendAll(body, to: connection) else { return }
  }
  _ = sendAll(Array("0\r\n\r\n".utf8), to: connection)
}

/// The events with the blank lines that end them.
private func blocks(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
  var blocks: [ArraySlice<UInt8>] = []
  var start = 0
  for index in bytes.indices.dropFirst() where bytes[index] == 0x0A && bytes[index - 1] == 0x0A {
    blocks.append(bytes[start...index])
    start = index + 1
  }
  return blocks
}

private func chunked(_ pieces: [ArraySlice<UInt8>]) -> [UInt8] {
  var result: [UInt8] = []
  for piece in pieces { result += "\(String(piece.count, radix: 16))\r\n".utf8 + piece + "\r\n".utf8 }
  return result
}

private func listen(port: Int) throws -> Int32 {
  let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  var yes: Int32 = 1
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = in_port_t(UInt16(clamping: port).bigEndian)
  address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
  let isBound = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
    }
  }
  guard listener >= 0, isBound, listen(listener, 16) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
  return listener
}

/// The target of a request without a body.
private func requestTarget(_ connection: Int32) -> String {
  var request: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 4_096)
  while !String(decoding: request, as: UTF8.self).contains("\r\n\r\n") {
    let count = recv(connection, &buffer, buffer.count, 0)
    guard count > 0 else { return "" }
    request += buffer[..<count]
  }
  return String(decoding: request, as: UTF8.self).split(separator: " ").dropFirst().first.map(String.init) ?? ""
}

/// False when the client has left.
private func sendAll(_ bytes: [UInt8], to connection: Int32) -> Bool {
  bytes.withUnsafeBytes { bytes in
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = send(
        connection, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count, Int32(MSG_NOSIGNAL))
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
