import Foundation
import SSEClient
import Synchronization

/// Opens connections to a topic's URL, each read in a child task, and measures the resident memory that each takes:
/// idle behind the response's head, and idle after an event. `publishURL` is where the event is posted. What a process
/// has once (loops, the pages of code that are used) is not counted: there has been a connection before.
func measureClientMemory(_ url: String, publishURL: String, connections: Int, asStream: Bool) async throws {
  raiseDescriptorLimit()
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { for try await _ in EventClient().source(url) {} }
    try await Task.sleep(for: .seconds(1))
    group.cancelAll()
  }
  let before = residentBytes()
  let received = Counter()
  try await withThrowingTaskGroup(of: Void.self) { group in
    let client = EventClient()
    for _ in 0..<connections {
      if asStream {
        group.addTask { for try await _ in client.events(url) { received.increment() } }
      } else {
        group.addTask { for try await _ in client.source(url) { received.increment() } }
      }
    }
    try await wait { descriptorCount() >= connections }
    let idle = residentBytes()
    try await publish(to: publishURL)
    try await wait { received.value >= connections }
    let used = residentBytes()
    print(
      #"{"measure":"client-memory","sequence":"\#(asStream ? "events" : "source")","connections":\#(connections),"#
        + #""bytes_per_connection":\#((idle - before) / connections),"#
        + #""bytes_per_connection_after_an_event":\#((used - before) / connections)}"#)
    group.cancelAll()
  }
}

/// Until something is so, and two seconds more, in which what has come is dealt with.
private func wait(until isSo: () -> Bool) async throws {
  while !isSo() { try await Task.sleep(for: .milliseconds(50)) }
  try await Task.sleep(for: .seconds(2))
}

private final class Counter: Sendable {
  private let count = Atomic(0)
  var value: Int { count.load(ordering: .relaxed) }
  func increment() { count.add(1, ordering: .relaxed) }
}

/// A POST whose answer is 202; with a client of the package, whose error tells the status.
private func publish(to url: String) async throws {
  let body = EventRequest.Body.text(String(repeating: "x", count: 100))
  let source = EventClient().source(EventRequest(url, method: .post, body: body, reconnect: .never))
  do {
    for try await _ in source {}
  } catch {
    guard case .unexpectedStatus(let answer) = error, answer.head.status == .accepted else { throw error }
  }
}

/// As many as the system lets this process have.
private func raiseDescriptorLimit() {
  var limit = rlimit()
  getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  limit.rlim_cur = limit.rlim_max
  setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

private func descriptorCount() -> Int {
  (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
}

private func residentBytes() -> Int {
  let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
  let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
  return (line.split(separator: " ").dropLast().last.flatMap { Int($0) } ?? 0) * 1_024
}
