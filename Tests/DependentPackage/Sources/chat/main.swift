import SSEClient
import Sockets

// One import brings all that a client's code names, also under MemberImportVisibility.
let headers: HeaderFields = ["Authorization": "Bearer token"]
let request = EventRequest("http://127.0.0.1/chat", method: .post, headers: headers, body: .json(["prompt": "Hello"]))
let events = EventClient().events(request)
let event = ServerSentEvent(data: "Hello")
print("the dependent package's chat: \(event), \(HTTPStatus.noContent), \(request.headers.count) field, \(sockets)")
