import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import SSEClient

let client = EventClient { request in
  var outgoing = HTTPClientRequest(url: request.url)
  outgoing.method = .init(rawValue: request.method.rawValue)
  outgoing.body = request.body.map { .bytes($0) }
  for field in request.headers { outgoing.headers.add(name: field.name, value: field.value) }
  let response = try await HTTPClient.shared.execute(outgoing, deadline: .distantFuture)
  var head = ResponseHead(status: HTTPStatus(code: Int(response.status.code)), headers: [:])
  for field in response.headers { head.headers.append(field.name, field.value) }
  return EventTransport.Response(head: head, chunks: response.body.map(\.readableBytesView))
}
for try await event in client.events("https://weather.example/stations/7") { print(event.data) }
