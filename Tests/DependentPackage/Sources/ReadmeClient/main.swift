import SSEClient

let client = EventClient()
for try await event in client.events("http://127.0.0.1:50080/events/stream") {
  print(event.data)
  if event.data.contains("finished") { break }  // Leaving the loop closes the connection.
}
