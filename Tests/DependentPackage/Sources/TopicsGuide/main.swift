import Foundation
import SSEServer

var router = Router()
let prices = Topic(history: 10_000, maxAge: .seconds(3_600), onLag: .newestOfEachKey)
router.events("/prices", from: prices)

let id = try await prices.publish(json: quote, type: "quote", key: quote.symbol)  // From any task.
print(id, prices.readers.count)
for try await event in prices.subscribe() { print(event.data) }  // In the same process.

let file = URL(filePath: "/var/lib/news/news.log")
let news = try Topic(log: .file(file), history: 10_000, maxAge: .seconds(86_400))

for await count in prices.readers {
  if count > 0 { feed.start() } else { feed.stop() }
}

try router.events("/all", from: ["news": news, "prices": prices])

router.events("/prices/:symbol", from: prices) { request in
  guard let symbol = request.parameters["symbol"] else { throw HTTPStatus.badRequest }
  return TopicView(
    filter: { $0.type == symbol },
    transform: { ServerSentEvent(data: rounded($0.data), type: $0.type) },
    snapshot: { ServerSentEvent(data: table.text(symbol), type: "snapshot") })
}
