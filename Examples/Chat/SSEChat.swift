// A chat as language models stream it: a server of two providers' APIs, a page, and a client for the terminal.
import Foundation

@main
struct SSEChat {
  static func main() async {
    do {
      switch try ChatCommand(arguments: Array(CommandLine.arguments.dropFirst())) {
      case .serve(let options): try await serve(options)
      case .ask(let question): try await ask(question)
      case .help: Terminal.print(ChatCommand.help(heading: Terminal.bold))
      }
    } catch {
      Terminal.fail(error)
    }
  }
}
