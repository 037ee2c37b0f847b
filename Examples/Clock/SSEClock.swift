// The clock: a server that sends the time each second, a page in plain JavaScript, the same with React, and a client.
import Foundation

@main
struct SSEClock {
  static func main() async {
    do {
      switch try ClockCommand(arguments: Array(CommandLine.arguments.dropFirst())) {
      case .serve(let options): try await serve(options)
      case .follow(let url): try await follow(url)
      case .help: Terminal.print(ClockCommand.help(heading: Terminal.bold))
      }
    } catch {
      Terminal.fail(error)
    }
  }
}
