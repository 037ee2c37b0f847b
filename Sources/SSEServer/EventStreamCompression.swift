/// How event streams are compressed.
///
///     configuration.compression = .gzip
///
/// A reader gets a compressed stream where its `Accept-Encoding` prefers gzip (RFC 9110, 12.5.3); each event can be
/// decoded when it arrives. It is off unless asked for: an event below some hundred bytes hardly shrinks by itself,
/// what a handler writes costs some 30 KB more for each such reader, and a secret beside text that somebody else
/// chooses can be guessed from the length of both (BREACH). A response is left out by `Response.allowsCompression`.
///
/// zlib is loaded from the system when the server runs. Where it is missing the log says so, and streams are sent as
/// they are.
public struct EventStreamCompression: Sendable, Hashable {
  /// 1, the fastest, to 6, the smallest.
  let level: Int

  /// zlib's levels go to 9. Beyond its default they gain a few per cent, and on the worst of data take thirty times as
  /// long: 2.7 s for 1 MiB, in which the event loop serves nobody.
  private static let highestLevel = 6

  /// The coding that browsers, curl and this package's client know, with zlib's default level, 6.
  public static let gzip = gzip(level: highestLevel)

  /// The same with a level from 1, the fastest, to 6, the smallest; one beyond counts as the nearest.
  public static func gzip(level: Int) -> EventStreamCompression {
    EventStreamCompression(level: min(max(level, 1), highestLevel))
  }
}
