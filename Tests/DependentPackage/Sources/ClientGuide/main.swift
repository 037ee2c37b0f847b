import SSEClient

var configuration = EventClientConfiguration()
configuration.timeouts.connect = .seconds(5)
configuration.headers["User-Agent"] = "weather/1.0"
let client = EventClient(configuration: configuration)

var request = EventRequest("https://weather.example/stations/7")
request.reconnect.retriesFirstConnection = true
let source = client.source(request)
for try await event in source { print(event.type, event.data) }

var patient = ReconnectPolicy.standard
patient.retriesFirstConnection = true
patient.retriedStatuses = [.tooManyRequests, .badGateway, .serviceUnavailable]
patient.reconnectionTime = .milliseconds(500)
patient.longestBackoff = .seconds(5)
patient.timeLimit = .seconds(600)
let orders = client.source(EventRequest("https://shop.example/orders", reconnect: patient))

var authorized = EventClientConfiguration()
authorized.prepareAttempt = { attempt in
  // A token that has just been refused is of no more use.
  let token = try await tokens.current(renewing: attempt.refusal != nil)
  attempt.headers["Authorization"] = "Bearer \(token)"
}

let resumed = client.source(EventRequest("https://shop.example/orders", lastEventID: try ledger.lastEventID()))
for try await event in resumed {
  try ledger.enter(event.data)
  try ledger.store(lastEventID: event.lastEventID)
}

for try await message in source.messages {
  switch message {
  case .opened(let head): print("connected:", head.status)
  case .event(let event): print(event.data)
  case .comment(let text): print("still there:", text)
  case .gap(let gap): print("events behind \(gap.after) are missing:", gap.reason)
  case .interrupted(let error, let delay): print("\(error); again in \(delay)")
  }
}

func showStates() async {
  for await state in source.states { print(state) }
}

var company = EventClientConfiguration()
company.tls.trust = .certificateAuthorities(file: "/etc/company/authorities.pem")
company.tls.clientCertificate = .init(chainFile: "client.pem", privateKeyFile: "client.key")
company.proxy = .url("http://proxy.example:3128")
