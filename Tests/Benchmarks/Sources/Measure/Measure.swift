// `Measure WHAT ARGUMENT…`: measures one thing and prints one line of JSON. What there is to measure: see `usage`.
import Foundation

@main
struct Measure {
  static let usage = """
    usage: Measure parse FILE REPEATS     parses the file REPEATS times, in chunks of 16 KiB
           Measure encode FILE REPEATS    encodes the file's events REPEATS times
           Measure large                  parses events of 2 MB in chunks of 4 KiB, and as many bytes of 100-byte events
           Measure serve-file PORT FILE REPEATS
                                          serves it to the clients below, at / in chunks of 16 KiB, at /events with a
                                          chunk for each event
           Measure client-source URL [ACTOR]
                                          reads a stream with `for try await event in client.source(url)`; ACTOR is
                                          nonisolated, the default, main or actor
           Measure client-events URL [ACTOR]
                                          the same with client.events(url)
           Measure client-memory URL CONNECTIONS [events]
                                          opens connections to /events of an sse-bench-server at URL
    """

  @concurrent
  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch (arguments.first, arguments.count) {
    case ("parse", 3): try measureParser(file: arguments[1], repeats: try number(arguments[2]))
    case ("encode", 3): try measureEncoder(file: arguments[1], repeats: try number(arguments[2]))
    case ("large", 1): try measureLargeEvents()
    case ("serve-file", 4):
      try serveFile(arguments[2], port: try number(arguments[1]), repeats: try number(arguments[3]))
    case ("client-source", 2...3): try await measureSource(arguments[1], on: place(arguments.dropFirst(2).first))
    case ("client-events", 2...3): try await measureEvents(arguments[1], on: place(arguments.dropFirst(2).first))
    case ("client-memory", 3...4):
      try await measureClientMemory(
        arguments[1] + "/events", publishURL: arguments[1] + "/publish", connections: try number(arguments[2]),
        asStream: arguments.dropFirst(3).first == "events")
    default: fail(usage)
    }
  }

  static func number(_ text: String) throws -> Int {
    guard let number = Int(text), number > 0 else { fail("\(text): not a number above 0\n\(usage)") }
    return number
  }

  static func place(_ text: String?) -> Place {
    guard let place = Place(rawValue: text ?? "nonisolated") else { fail(usage) }
    return place
  }

  static func fail(_ message: String) -> Never {
    try? FileHandle.standardError.write(contentsOf: Data("\(message)\n".utf8))
    exit(2)
  }
}
