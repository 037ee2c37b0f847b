import Foundation
import SSEServer
import SSESockets

extension Subcommand {
  /// `sse serve`: a hub, ready to use.
  static let serve = Subcommand(
    name: "serve", usage: "sse serve [OPTIONS]", summary: "Serve topics, to publish to and to read.", help: serveHelp,
    run: runServe)
}

@Sendable
private func serveHelp(heading: (String) -> String) -> String {
  let sections = ServeOptions.sections.map { section in
    "\(heading(section.heading))\n\(CommandOption.help(for: section.options))"
  }
  return """
    A hub for events: whoever publishes to a topic reaches all who read it, and who was away gets what it missed. A
    topic comes into being when it is first named; who names none means the topic 'default'.

    \(heading("USAGE"))
      sse serve [OPTIONS]

    \(sections.joined(separator: "\n\n"))

    \(heading("WHAT IT ANSWERS"))
      GET  /events?topic=a&topic=b          The events of these topics, as an event stream. An ID in Last-Event-ID, or
                                            in lastEventID=ID, resumes behind it; lastEventID=earliest begins with the
                                            oldest event held.
      POST /publish?topic=a&type=t&key=k    Publishes the body as the data of an event; answers 202 and {"id":"…"} once
                                            it is in the topic's log.
      GET  /                                A page: topics, readers, rates, the last events.
      GET  /metrics                         Figures in Prometheus' text format.
      GET  /healthz                         200 while it serves.

    A token is shown as 'Authorization: Bearer TOKEN', or, as browsers' EventSource cannot, as access_token=TOKEN.
    The first SIGINT or SIGTERM lets readers go and ends; a second one ends at once.

    \(heading("EXIT STATUS"))
      0    It was ended by a signal.
      1    It could not listen, or a file could not be used.
      2    The command line cannot be understood, or would open the hub to others without a publish token.

    \(heading("EXAMPLES"))
      sse serve
      curl -N 'http://127.0.0.1:\(ServeOptions.defaultPort)/events'
      curl 'http://127.0.0.1:\(ServeOptions.defaultPort)/publish' -d hello
      sse serve --data /var/lib/events
      SSE_PUBLISH_TOKEN=secret sse serve --host 0.0.0.0 --port 443 --tls-cert chain.pem --tls-key key.pem
    """
}

@Sendable
private func runServe(_ words: [String]) async throws -> ExitStatus {
  let options = try ServeOptions(words)
  ProcessLimits.raiseDescriptors()
  let folder = try options.dataPath.map { path throws(HubFolderError) in try HubFolder(path) }
  let hub = Hub(try HubTopics(options.topics, folder: folder), access: options.access)
  var configuration = options.configuration
  // Neither blocks where nobody reads standard error.
  configuration.log = { entry in LogOutput.standardError.write(line: "sse: \(entry)") }
  if options.isVerbose {
    configuration.accessLog = { record in LogOutput.standardError.write(line: "sse: \(record)") }
  }
  let server = EventServer(
    hub.router, host: options.host, port: options.port, configuration: configuration)
  // Ends with this scope.
  async let _ = hub.feed.run(server)
  // Without a certificate to read again SIGHUP ends the process, as when its terminal is closed.
  let reloading: [Signal] = configuration.tls == nil ? [] : [.hangUp]
  try await server.run(drainingOn: [.terminate, .interrupt], reloadingOn: reloading) { address in
    // That nobody reads it is no reason not to serve.
    try? Output.standard.write(welcome(address, options.access))
  }
  return .success
}

/// Where to look and what to try, as soon as the hub listens.
private func welcome(_ address: EventServer.Address, _ access: HubAccess) -> String {
  let style = Output.standard.style
  // These two mean every address of the machine, and are none that a browser could open.
  let host =
    switch address.host {
    case "0.0.0.0": "127.0.0.1"
    case "::": "[::1]"
    case let host: host.contains(":") ? "[\(host)]" : host
    }
  let url = "\(address.isSecure ? "https" : "http")://\(host):\(address.port)"
  let header = " -H 'Authorization: Bearer …'"
  let reader = access.subscribeToken == nil ? "" : header
  let publisher = access.publishToken == nil ? "" : header
  return """
    \(style.bold("The hub listens at \(address.url)"))
      Page     \(url)/
      Read     curl -N \(url)/events\(reader)
      Publish  curl \(url)/publish -d hello\(publisher)

    """
}
