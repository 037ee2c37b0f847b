import Foundation
import SSESockets

/// What ends the tool from outside.
enum Interruption: Sendable {
  case signal(Int32)
  /// Nobody reads the output any more.
  case readerLeft

  /// Waits for the first; nil when the task is cancelled. Once it has come, signals do again what they do by default:
  /// a second Ctrl-C ends the process at once, whatever it waits for.
  ///
  /// - Parameter output: Whose reader is watched; nil where it does not matter.
  static func next(on loop: EventLoop, output: Int32? = nil) async -> Interruption? {
    let (interruptions, continuation) = AsyncStream.makeStream(of: Interruption.self)
    let watches = await loop.run {
      let signals = SignalWatch([SIGINT, SIGTERM], loop: loop) { continuation.yield(.signal($0)) }
      let hangUp = output.flatMap { HangUpWatch($0, loop: loop) { continuation.yield(.readerLeft) } }
      return LoopBound((signals: signals, hangUp: hangUp), loop: loop)
    }
    var first: Interruption?
    for await interruption in interruptions {
      first = interruption
      break
    }
    await watches.run { watches in
      watches.signals?.close()
      watches.hangUp?.close()
    }
    return first
  }
}
