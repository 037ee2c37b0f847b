import SSEHTTP1
import Testing

@Suite("Media types and negotiation")
struct MediaTypeTests {
  @Test(
    "C2, C3: a content type by its type and subtype, in any case, with parameters",
    arguments: [
      ("text/event-stream", "text/event-stream", [:]), ("Text/Event-Stream", "text/event-stream", [:]),
      ("text/event-stream;charset=utf-8", "text/event-stream", ["charset": "utf-8"]),
      (
        " text/event-stream ; Charset=UTF-8 ; a=\"b; \\\"c\" ;", "text/event-stream",
        ["charset": "UTF-8", "a": "b; \"c"]
      ),
      ("text/event-streams", "text/event-streams", [:]), ("text/event-stream; x", "text/event-stream", [:]),
      ("", nil, [:]), ("text", nil, [:]), ("text/", nil, [:]), ("/x", nil, [:]),
      ("text/event-stream, text/html", nil, [:]),
      ("text/event stream", nil, [:]), ("a/b/c", nil, [:]),
    ] as [(String, String?, [String: String])])
  func mediaTypes(_ text: String, _ essence: String?, _ parameters: [String: String]) {
    let type = MediaType(text[...])
    #expect(type?.essence == essence)
    #expect(type?.parameters ?? [:] == parameters)
  }

  @Test(
    "S13: Accept",
    arguments: [
      (nil, true), ("*/*", true), ("text/*", true), ("text/event-stream", true), ("TEXT/Event-Stream", true),
      ("", true),
      ("application/json, text/event-stream", true), ("application/json, */*;q=0.1", true),
      ("text/html;level=1, text/event-stream;v=1;q=0.5", true), ("text/event-stream, */*;q=0", true),
      ("text/event-stream;q=0.001", true), ("text/event-stream;q=0, text/event-stream", true),
      ("application/json", false), ("text/event-stream;q=0", false), ("text/event-stream;q=0, */*", false),
      ("text/event-stream; Q=0.000, text/*", false), ("text/*;q=0, */*", false), ("*/*;q=0", false),
      ("text/html", false),
      ("text/event-streams", false), ("nonsense", false),
    ] as [(String?, Bool)])
  func accept(_ value: String?, _ isAccepted: Bool) {
    var headers: HeaderFields = [:]
    headers["Accept"] = value
    #expect(Negotiation.accepts("text/event-stream", headers) == isAccepted)
  }

  @Test("S13: several Accept fields are one list")
  func severalFields() {
    #expect(Negotiation.accepts("text/event-stream", ["Accept": "application/json", "accept": "text/*"]))
  }
}
