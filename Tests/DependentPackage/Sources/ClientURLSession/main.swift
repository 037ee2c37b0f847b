import Foundation
import SSEClient

let client = EventClient { request in
  guard let url = URL(string: request.url) else { throw URLError(.badURL) }
  var outgoing = URLRequest(url: url, timeoutInterval: 300)
  outgoing.httpMethod = request.method.rawValue
  outgoing.httpBody = request.body.map { Data($0) }
  for field in request.headers { outgoing.addValue(field.value, forHTTPHeaderField: field.name) }
  let (bytes, response) = try await URLSession.shared.bytes(for: outgoing)
  guard let response = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
  var head = ResponseHead(status: HTTPStatus(code: response.statusCode), headers: [:])
  for (name, value) in response.allHeaderFields { head.headers.append("\(name)", "\(value)") }
  return EventTransport.Response(head: head, bytes: bytes, onClose: { bytes.task.cancel() })
}
for try await event in client.events("https://weather.example/stations/7") { print(event.data) }
