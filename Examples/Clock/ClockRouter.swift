import Foundation
import SSEServer

/// The routes: the stream, and two pages that follow it.
func clockRouter(
  _ options: ServeOptions, react: ReactLibrary?, now: @escaping @Sendable () -> Date = { .now }
) -> Router {
  var router = Router()

  // One call a reader; a reader that leaves cancels it, even while it sleeps.
  router.events("/events/stream") { _, events in
    var next = ContinuousClock.now
    for _ in 0..<options.count {
      try await events.send(json: ["time": clockText(now())])
      next += options.interval
      try await Task.sleep(until: next, clock: .eventLoop)
    }
    try await events.send(json: ["finished": true])
  }

  router.get("/") { _ in .html(plainPage) }
  router.get("/react") { _ in .html(react == nil ? missingReactPage : reactPage) }
  router.get("/clock.css") { _ in
    Response(headers: ["Content-Type": "text/css; charset=utf-8"], bytes: Array(stylesheet.utf8))
  }
  if let react {
    router.files("/scripts/react", from: react.react)
    router.files("/scripts/react-dom", from: react.reactDOM)
  }
  return router
}

/// A date as the stream sends it, in this machine's time zone: "2026-11-23 08:36:21".
func clockText(_ date: Date) -> String {
  date.formatted(
    Date.ISO8601FormatStyle(timeZone: .current).year().month().day().dateTimeSeparator(.space)
      .time(includingFractionalSeconds: false))
}
