import SSEClient

let source = EventClient().source("http://127.0.0.1:50080/news")
for try await message in source.messages {
  switch message {
  case .opened: print("connected")
  case .event(let event): print(event.id ?? "", event.data)
  case .interrupted(let error, let delay): print("\(error); again in \(delay)")
  default: break
  }
}
