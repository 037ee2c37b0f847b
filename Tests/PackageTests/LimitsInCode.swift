@testable import SSEClient
@testable import SSECommandLine
@testable import SSEHTTP1
@testable import SSEServer
@testable import SSESockets
@testable import SSETesting
@testable import ServerSentEvents

/// Every limit of the code with its default. The public values are looked through, so that a new property of theirs
/// is missing on the page until it is described there. Fixed limits are listed by hand: a new one is added here.
enum LimitsInCode {
  static func all() throws -> [(name: String, value: LimitValue)] {
    properties(of: EventStreamLimits()) + properties(of: HTTP1Limits())
      + properties(of: EventServerLimits()) + properties(of: EventServerConfiguration())
      + properties(of: EventClientLimits()) + properties(of: EventClientTimeouts())
      + properties(of: ReconnectPolicy.standard) + server() + client() + testing() + (try sockets())
      + [
        ("longestRetry", .duration(longestRetry)),
        ("RequestLine.longestMethod", .number(RequestLine.longestMethod)),
        ("ContentDecoder.pieceSize", .number(ContentDecoder.pieceSize)),
        ("DeflateStream.pieceSize", .number(DeflateStream.pieceSize)),
        ("GzipBlocks.leastCompressed", .number(GzipBlocks.leastCompressed)),
        ("GzipBlocks.mostCompressed", .number(GzipBlocks.mostCompressed)),
        ("StreamRequest.largestBody", .number(StreamRequest.largestBody)),
        ("RecordingReader.longestLine", .number(RecordingReader.longestLine)),
        ("RecordingReader.latestTime", .duration(.seconds(RecordingReader.latestTime))),
        ("JSONText.deepestNesting", .number(JSONText.deepestNesting)),
        ("LineReader.longestLine", .number(LineReader.longestLine)),
      ] + hub() + bench()
  }

  private static func properties(of value: some Any) -> [(name: String, value: LimitValue)] {
    Mirror(reflecting: value).children.compactMap { child in
      guard let label = child.label, let limit = LimitValue(property: child.value) else { return nil }
      return ("\(type(of: value)).\(label)", limit)
    }
  }

  private static func server() -> [(name: String, value: LimitValue)] {
    let longLine = EventServerLogEntry.badRequest(from: "", reason: String(repeating: "x", count: 100_000))
    return [
      ("EventServer.mostListed", .number(EventServer.mostListed)),
      ("ServerLoad.mostRefused", .number(ServerLoad.mostRefused)),
      ("ServerLoop.reportsStillRunningAfter", .duration(ServerLoop.reportsStillRunningAfter)),
      ("Refusal.longest", .duration(Refusal.longest)),
      ("ServedConnection.longestFarewell", .duration(ServedConnection.longestFarewell)),
      ("ServedConnection.longestFarewellAtEnd", .duration(ServedConnection.longestFarewellAtEnd)),
      ("ServedConnection.farewellInput", .number(ServedConnection.farewellInput)),
      ("Topic.largestEvent", .number(Topic.largestEvent)),
      ("Topic.longestName", .number(Topic.longestName)),
      ("FileJournal.leastFile", .number(FileJournal.leastFile)),
      ("FileJournal.keptAtOnce", .number(FileJournal.keptAtOnce)),
      ("FileJournal.freedAtOnce", .number(FileJournal.freedAtOnce)),
      ("TopicFileReader.pieceSize", .number(TopicFileReader.pieceSize)),
      ("TopicRecord.longestContent", .number(TopicRecord.longestContent)),
      ("TopicStream.mostTopics", .number(TopicStream.mostTopics)),
      ("TopicStream.longestName", .number(TopicStream.longestName)),
      ("TopicReader.longestRest", .number(TopicReader.longestRest)),
      ("FileBody.pieceSize", .number(FileBody.pieceSize)),
      ("EventServerLogEntry.description", .number(longLine.description.utf8.count)),
    ]
  }

  private static func hub() -> [(name: String, value: LimitValue)] {
    [
      ("HubTopics.most", .number(HubTopics.Settings().most)),
      ("HubTopics.history", .number(HubTopics.Settings().history)),
      ("HubTopics.historyBytes", .number(HubTopics.Settings().historyBytes)),
      ("HubTopics.leastAge", .duration(HubTopics.leastAge)),
      ("HubReport.mostRows", .number(HubReport.mostRows)),
      ("RecentEvents.most", .number(RecentEvents.most)),
      ("RecentEvents.mostText", .number(RecentEvents.mostText)),
    ]
  }

  private static func bench() -> [(name: String, value: LimitValue)] {
    [
      ("BenchOptions.mostConnections", .number(BenchOptions.mostConnections)),
      ("BenchOptions.mostRate", .number(Int(BenchOptions.mostRate))),
      ("BenchOptions.largestSize", .number(BenchOptions.largestSize)),
      ("BenchRun.mostOpening", .number(BenchRun.mostOpening)),
      ("BenchRun.longestSilence", .duration(BenchRun.longestSilence)),
      ("BenchRun.longestDelivery", .duration(BenchRun.longestDelivery)),
      ("BenchPublisher.longestAnswer", .duration(BenchPublisher.longestAnswer)),
      ("TooManyConnections.reserve", .number(TooManyConnections.reserve)),
      ("FanOut.mostUnderWay", .number(FanOut.mostUnderWay)),
      ("EventSequence.mostGaps", .number(EventSequence.mostGaps)),
      ("BenchMeasurement.mostReasons", .number(BenchMeasurement.mostReasons)),
    ]
  }

  private static func client() -> [(name: String, value: LimitValue)] {
    [
      ("ResponseTimeouts.defaultReadTimeout", .duration(ResponseTimeouts.defaultReadTimeout)),
      ("ResponseTimeouts.longestReadTimeout", .duration(ResponseTimeouts.longestReadTimeout)),
      ("RefusedResponse.excerptLength", .number(RefusedResponse.excerptLength)),
      ("InvalidPayload.excerptLength", .number(InvalidPayload.excerptLength)),
      ("KeptConnection.longestIdle", .duration(KeptConnection.longestIdle)),
      ("TransportBody.longestPiece", .number(TransportBody.longestPiece)),
      ("Reconnection.longestReconnectionTime", .duration(Reconnection.longestReconnectionTime)),
      ("Reconnection.healthyLife", .duration(Reconnection.healthyLife)),
      ("Reconnection.leastBackoff", .duration(Reconnection.leastBackoff)),
      ("AddressRace.mostAddresses", .number(AddressRace.mostAddresses)),
      ("AddressRace.delay", .duration(AddressRace.delay)),
    ]
  }

  private static func testing() -> [(name: String, value: LimitValue)] {
    [
      ("RequestReading.longestHead", .number(RequestReading.longestHead)),
      ("RequestReading.longestBody", .number(RequestReading.longestBody)),
      ("ScriptedListener.mostConnections", .number(ScriptedListener.mostConnections)),
      ("ScriptedConnection.earlyInput", .number(ScriptedConnection.earlyInput)),
      ("ScriptedConnection.longestFarewell", .duration(ScriptedConnection.longestFarewell)),
    ]
  }

  private static func sockets() throws -> [(name: String, value: LimitValue)] {
    let loop = try EventLoop(name: "limits")
    defer { loop.stop() }
    let resolver = Mirror(reflecting: ResolverThreads()).children.first { $0.label == "idleSeconds" }
    return [
      ("StreamSocket.waitingBytesLimit", .number(StreamSocket.waitingBytesLimit)),
      ("EventLoop.readBuffer", .number(loop.readBuffer.count)),
      ("EventLoop.jobsPerTurn", .number(EventLoop.jobsPerTurn)),
      ("EventLoop.nanosecondsPerTurn", .duration(.nanoseconds(Int64(EventLoop.nanosecondsPerTurn)))),
      ("EventLoop.blockedAfter", .duration(EventLoop.blockedAfter)),
      ("SpareBuffers.most", .number(SpareBuffers.most)),
      ("SpareBuffers.largest", .number(SpareBuffers.largest)),
      ("Listener.backlog", .number(Int(Listener.backlog))),
      ("Listener.batch", .number(Listener.batch)),
      ("Listener.pause", .duration(Listener.pause)),
      ("TLSSession.piece", .number(TLSSession.piece)),
      ("TLSSession.longestRecord", .number(TLSSession.longestRecord)),
      ("StreamSocket.encryptedAtOnce", .number(StreamSocket.encryptedAtOnce)),
      ("TLSLayer.unsentAnswersLimit", .number(TLSLayer.unsentAnswersLimit)),
      ("TLSContextCache.most", .number(TLSContextCache.most)),
      ("ResolverThreads.mostThreads", .number(ResolverThreads.mostThreads)),
      ("ResolverThreads.mostWaiting", .number(ResolverThreads.mostWaiting)),
      ("ResolverThreads.idleSeconds", .duration(.seconds(resolver?.value as? Double ?? .nan))),
    ]
  }
}
