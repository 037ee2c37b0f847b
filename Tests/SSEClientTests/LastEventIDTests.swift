import ServerSentEvents
import Testing

@testable import SSEClient

@Suite("The last event ID")
struct LastEventIDTests {
  @Test("an event's ID counts when the next element is asked for, and is told of once")
  func events() {
    var id = LastEventID("1")
    #expect(id.takeNew() == nil)
    id.delivered(Self.event("2"))
    #expect(id.takeNew() == nil)
    #expect(id.value == "1")
    #expect(id.elementRequested() == true)
    #expect(id.takeNew() == "2")
    #expect(id.takeNew() == nil)
    #expect(id.elementRequested() == false)
  }

  @Test("the same ID again is nothing new, whether an event brings it or a block without data")
  func sameAgain() {
    var id = LastEventID("7")
    id.delivered(Self.event("7"))
    #expect(id.elementRequested() == false)
    id.received("7")
    #expect(id.takeNew() == nil)
    id.received("")
    #expect(id.takeNew() == "")
  }

  @Test("texts of other bytes are other IDs, though Swift finds them equal")
  func canonicallyEqual() {
    var id = LastEventID("\u{E9}")
    id.delivered(Self.event("e\u{301}"))
    #expect(id.elementRequested() == true)
    #expect(id.takeNew().map { Array($0.utf8) } == Array("e\u{301}".utf8))
  }

  private static func event(_ id: String) -> ServerSentEvent {
    var parser = EventParser()
    parser.append(Array("id: \(id)\ndata\n\n".utf8))
    guard case .event(let event)? = try? parser.next() else { return ServerSentEvent(data: "") }
    return event
  }
}
