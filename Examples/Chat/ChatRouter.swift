import SSEServer

/// Where the replies come from.
enum TextSource: Sendable {
  case generator(WordGenerator)
  case upstream(Upstream)

  /// The model that the page asks for.
  var model: String {
    switch self {
    case .generator: builtInModel
    case .upstream(let upstream): upstream.model
    }
  }
}

/// The routes: two providers' APIs, the article's conversation, and the page.
func chatRouter(_ source: TextSource) -> Router {
  var router = Router()
  router.use(refuseAsProvidersDo)
  router.use(refuseOtherSites)

  router.post(Provider.openAI.path) { request in
    switch source {
    case .upstream(let upstream): return try await upstream.answer(request, for: .openAI)
    case .generator(let generator):
      let chat = try await ChatRequest.read(request, for: .openAI)
      return try ChatCompletion(request: chat, reply: generator.reply(to: chat.prompt)).response()
    }
  }

  router.post(Provider.anthropic.path) { request in
    switch source {
    case .upstream(let upstream): return try await upstream.answer(request, for: .anthropic)
    case .generator(let generator):
      let chat = try await ChatRequest.read(request, for: .anthropic)
      return try AnthropicMessage(request: chat, reply: generator.reply(to: chat.prompt)).response()
    }
  }

  // One call a reader; a reader that leaves cancels it, and with it the generator.
  router.events("/conversation") { request, events in
    let prompt = request.query("prompt") ?? "Hello"
    switch source {
    case .upstream(let upstream): try await upstream.answer(prompt, to: events)
    case .generator(let generator):
      var conversation = Conversation()
      try await generator.reply(to: prompt).write { word in try await conversation.append(word, to: events) }
      try await conversation.finish(events)
    }
  }

  router.get("/") { _ in .html(chatPage(.fetch, model: source.model)) }
  router.get("/event-source") { _ in .html(chatPage(.eventSource, model: source.model)) }
  router.get("/chat.css") { _ in
    Response(headers: ["Content-Type": "text/css; charset=utf-8"], bytes: Array(stylesheet.utf8))
  }
  router.get("/chat.js") { _ in
    Response(headers: ["Content-Type": "text/javascript; charset=utf-8"], bytes: Array(chatScript.utf8))
  }
  return router
}

/// A page of another site could not read an answer, but it could ask, and spend the key. Browsers say who asks.
private let refuseOtherSites: Router.Middleware = { request, next in
  let asker = request.headers["Sec-Fetch-Site"] ?? "none"
  let isAsking = request.path.hasPrefix("/v1/") || request.path == "/conversation"
  guard !isAsking || asker == "none" || asker == "same-origin" else { throw HTTPStatus.forbidden }
  return try await next(request)
}

/// What is refused on a provider's path before an answer begins (a method, a body that is too large) gets its form.
private let refuseAsProvidersDo: Router.Middleware = { request, next in
  guard let provider = Provider(path: request.path) else { return try await next(request) }
  do {
    let response = try await next(request)
    guard response.status == .methodNotAllowed, let allowed = response.headers["Allow"] else { return response }
    var refusal = try provider.refusal(.methodNotAllowed, "\(request.method) is not allowed here; use POST")
    refusal.headers["Allow"] = allowed
    return refusal
  } catch let status as HTTPStatus {
    return try provider.refusal(status, status.reasonPhrase)
  }
}
