import ServerSentEvents
import Testing

@Suite("An event")
struct ServerSentEventTests {
  @Test("each property is set alone, and in no copy")
  func properties() {
    let plain = ServerSentEvent(data: "x")
    #expect((plain.type, plain.id, plain.retry, plain.lastEventID) == ("message", nil, nil, ""))
    var event = plain
    event.type = "price"
    #expect(event == ServerSentEvent(data: "x", type: "price"))
    event.id = "17"
    #expect(event == ServerSentEvent(data: "x", type: "price", id: "17"))
    event.retry = .seconds(1)
    #expect(event == ServerSentEvent(data: "x", type: "price", id: "17", retry: .seconds(1)))
    let copy = event
    event.lastEventID = "16"
    event.data = "y"
    #expect((event.type, event.id, event.retry, event.lastEventID) == ("price", "17", .seconds(1), "16"))
    #expect((copy.data, copy.lastEventID) == ("x", ""))
    #expect(plain == ServerSentEvent(data: "x"))
  }

  @Test("events are equal, and hash alike, when all that they hold is equal")
  func equality() {
    let event = ServerSentEvent(data: "x", type: "a", id: "1", retry: .zero)
    let others = [
      ServerSentEvent(data: "y", type: "a", id: "1", retry: .zero), ServerSentEvent(data: "x", id: "1", retry: .zero),
      ServerSentEvent(data: "x", type: "a", retry: .zero), ServerSentEvent(data: "x", type: "a", id: "1"),
      ServerSentEvent(data: "x", type: "a", id: "", retry: .zero), ServerSentEvent(data: "x"),
    ]
    #expect(Set(others + others + [event, event]).count == others.count + 1)
    for other in others { #expect(event != other) }
    var back = event
    (back.type, back.id, back.retry) = ("message", nil, nil)
    #expect(back == ServerSentEvent(data: "x"))
    #expect(back.hashValue == ServerSentEvent(data: "x").hashValue)
  }
}
