// `Measure WHAT ARGUMENT…`: measures one thing and prints one line of JSON. What there is to measure: see `usage`.
import Foundation

@main
struct Measure {
  static let usage = """
    usage: Measure parse FILE REPEATS     parses the file REPEATS times, in chunks of 16 KiB
           Measure encode FILE REPEATS    encodes the file's events REPEATS times
           Measure large                  parses events of 2 MB in chunks of 4 KiB, and as many bytes of 100-byte events
    """

  @concurrent
  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch (arguments.first, arguments.count) {
    case ("parse", 3): try measureParser(file: arguments[1], repeats: try number(arguments[2]))
    case ("encode", 3): try measureEncoder(file: arguments[1], repeats: try number(arguments[2]))
    case ("large", 1): try measureLargeEvents()
    default: fail(usage)
    }
  }

  static func number(_ text: String) throws -> Int {
    guard let number = Int(text), number > 0 else { fail("\(text): not a number above 0\n\(usage)") }
    return number
  }

  static func fail(_ message: String) -> Never {
    try? FileHandle.standardError.write(contentsOf: Data("\(message)\n".utf8))
    exit(2)
  }
}
