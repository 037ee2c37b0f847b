import Foundation
import SSEClient

/// Where the loop over the events runs.
enum Place: String, CaseIterable {
  case nonisolated
  case mainActor = "main"
  case otherActor = "actor"
}

/// Reads a stream to its end with `for try await event in client.source(url)`.
@concurrent func measureSource(_ url: String, on place: Place) async throws {
  let source = EventClient().source(EventRequest(url, reconnect: .never))
  let usage =
    switch place {
    case .nonisolated: try await read(source)
    case .mainActor: try await readOnMainActor(source)
    case .otherActor: try await Reader().read(source)
    }
  usage.report("client-source", place.rawValue)
}

/// Reads a stream to its end with `for try await event in client.events(url)`.
@concurrent func measureEvents(_ url: String, on place: Place) async throws {
  let request = EventRequest(url, reconnect: .never)
  let usage =
    switch place {
    case .nonisolated: try await read(EventClient().events(request))
    case .mainActor: try await readOnMainActor(EventClient().events(request))
    case .otherActor: try await Reader().read(EventClient().events(request))
    }
  usage.report("client-events", place.rawValue)
}

/// From the first event to the end. The loop is written out for each place, as users write it: what it costs hangs on
/// what the compiler knows of sequence and place.
@concurrent private func read(_ source: EventSource) async throws -> StreamUsage {
  var usage = StreamUsage()
  for try await event in source { usage.count(event) }
  return usage
}

@concurrent private func read(_ events: AsyncThrowingStream<ServerSentEvent, any Error>) async throws -> StreamUsage {
  var usage = StreamUsage()
  for try await event in events { usage.count(event) }
  return usage
}

@MainActor private func readOnMainActor(_ source: EventSource) async throws -> StreamUsage {
  var usage = StreamUsage()
  for try await event in source { usage.count(event) }
  return usage
}

@MainActor private func readOnMainActor(
  _ events: AsyncThrowingStream<ServerSentEvent, any Error>
) async throws -> StreamUsage {
  var usage = StreamUsage()
  for try await event in events { usage.count(event) }
  return usage
}

private actor Reader {
  func read(_ source: EventSource) async throws -> StreamUsage {
    var usage = StreamUsage()
    for try await event in source { usage.count(event) }
    return usage
  }

  func read(_ events: AsyncThrowingStream<ServerSentEvent, any Error>) async throws -> StreamUsage {
    var usage = StreamUsage()
    for try await event in events { usage.count(event) }
    return usage
  }
}

/// Counts events, and the processor time of the process from the first of them.
private struct StreamUsage {
  private var events = 0
  private var characters = 0
  private var start = ProcessorTime()

  mutating func count(_ event: ServerSentEvent) {
    if events == 0 { start = .now }
    events += 1
    characters += event.data.utf8.count
  }

  func report(_ measure: String, _ place: String) {
    let time = ProcessorTime.now
    let count = Double(max(1, events))
    print(
      #"{"measure":"\#(measure)","actor":"\#(place)","events":\#(events),"characters":\#(characters),"#
        + #""ns_per_event":\#((time.user - start.user + time.system - start.system) / count),"#
        + #""user_ns_per_event":\#((time.user - start.user) / count),"#
        + #""system_ns_per_event":\#((time.system - start.system) / count)}"#)
  }
}

/// Nanoseconds that the process has had of processors.
private struct ProcessorTime {
  var user = 0.0
  var system = 0.0

  static var now: ProcessorTime {
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    return ProcessorTime(user: nanoseconds(usage.ru_utime), system: nanoseconds(usage.ru_stime))
  }

  private static func nanoseconds(_ time: timeval) -> Double { Double(time.tv_sec) * 1e9 + Double(time.tv_usec) * 1e3 }
}
