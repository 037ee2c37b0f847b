// A REST face for this package's client, so that harnesses in any language can drive it: see CONTRIBUTING.md.
import Foundation
import SSEServer

@main
struct SSEContractService {
  static func main() async {
    do {
      switch try ServiceCommand(arguments: Array(CommandLine.arguments.dropFirst())) {
      case .help: write(ServiceCommand.helpText, to: .standardOutput)
      case .serve(let options):
        let service = ContractService { line in write(line, to: .standardOutput) }
        try await service.run(options, endingOn: [.terminate, .interrupt]) { address in
          write("The contract service listens at \(address.url)/", to: .standardOutput)
        }
      }
    } catch {
      write("sse-contract-service: \(error)", to: .standardError)
      exit(error is UsageError ? 2 : 1)
    }
  }

  /// At once, also where the output is a pipe. The service goes on where nobody can hear it.
  private static func write(_ line: String, to file: FileHandle) { try? file.write(contentsOf: Data("\(line)\n".utf8)) }
}
