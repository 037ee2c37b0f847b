// A follower that may be killed at any moment and goes on behind the last event that it has dealt with.
import Foundation

@main
struct SSEResume {
  static func main() async {
    do {
      switch try ResumeCommand(arguments: Array(CommandLine.arguments.dropFirst())) {
      case .serve(let options): try await serve(options)
      case .follow(let options): try await follow(options)
      case .help: say(ResumeCommand.helpText)
      }
    } catch {
      note("\(error)")
      exit(error is UsageError ? 2 : 1)
    }
  }
}

/// At once, also where the output is a pipe. What is handled is in the file: that it cannot be shown is no failure.
func say(_ text: String) { try? FileHandle.standardOutput.write(contentsOf: Data("\(text)\n".utf8)) }

func note(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data("sse-resume: \(text)\n".utf8)) }

/// Text of a server that may be anyone's, for a terminal: that would obey what controls it, so it is shown as Swift
/// writes it, "\u{1B}".
func displayed(_ text: String) -> String {
  text.unicodeScalars.map { scalar in
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: scalar.escaped(asASCII: true)
    default: String(scalar)
    }
  }.joined()
}
