/// What the command line asks for.
enum ServiceCommand: Equatable {
  case serve(ServiceOptions)
  case help

  static let helpText = """
    Lets a test harness drive this package's client: one client for each POST, told about by callbacks.

    USAGE
      sse-contract-service [OPTIONS]

    OPTIONS
      --host ADDRESS   Listen on this IP address, in digits. Default: 127.0.0.1
      --port NUMBER    Listen on this port; 0 is any free one. Default: 8000
      --help           Show this text.

    It ends when it is asked to with DELETE /, or with Ctrl-C.
    """
}

/// Where to listen.
struct ServiceOptions: Equatable {
  var host = "127.0.0.1"
  var port = 8_000
}

/// What is wrong with the command line.
enum UsageError: Error, Equatable, CustomStringConvertible {
  case unknownArgument(String)
  case missingValue(option: String)
  case invalidPort(String)

  var description: String {
    switch self {
    case .unknownArgument(let argument): "unknown argument \"\(argument)\"; see sse-contract-service --help"
    case .missingValue(let option): "\(option) needs a value; see sse-contract-service --help"
    case .invalidPort(let value): "--port takes a whole number from 0 to 65535, not \"\(value)\""
    }
  }
}

extension ServiceCommand {
  /// Reads the arguments that follow the program's name. An option's value is the next argument, or follows a "=".
  init(arguments: [String]) throws(UsageError) {
    if !Set(arguments).isDisjoint(with: ["--help", "-h"]) {
      self = .help
      return
    }
    var options = ServiceOptions()
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard ["--host", "--port"].contains(parts[0]) else { throw .unknownArgument(argument) }
      guard let value = parts.dropFirst().first ?? rest.popFirst(), !value.isEmpty else {
        throw .missingValue(option: parts[0])
      }
      if parts[0] == "--host" {
        options.host = value
      } else {
        guard let port = Int(value), (0...65_535).contains(port) else { throw .invalidPort(value) }
        options.port = port
      }
    }
    self = .serve(options)
  }
}
