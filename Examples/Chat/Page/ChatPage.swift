/// How a page reads its replies.
enum PageKind: CaseIterable {
  /// POST with `fetch`, whose body the page's script parses: what LLM APIs need, since an EventSource can only GET.
  case fetch
  /// GET with the browser's own `EventSource`, as in the article.
  case eventSource

  var path: String {
    switch self {
    case .fetch: "/"
    case .eventSource: "/event-source"
    }
  }

  var name: String {
    switch self {
    case .fetch: "fetch"
    case .eventSource: "EventSource"
    }
  }

  fileprivate var source: String {
    switch self {
    case .fetch: "POST \(Provider.openAI.path)"
    case .eventSource: "GET /conversation"
    }
  }
}

/// A page: what was said, a field for what to say next, and while a reply is written a button that stops it.
func chatPage(_ kind: PageKind, model: String) -> String {
  let links = PageKind.allCases.map { other in
    let current = other == kind ? " aria-current=\"page\"" : ""
    return "<a href=\"\(other.path)\"\(current)>\(other.name)</a>"
  }
  return """
    <!doctype html>
    <html lang="en">
    <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Chat – \(kind.name)</title>
      <link rel="icon" href="data:image/svg+xml,\(icon)">
      <link rel="stylesheet" href="/chat.css">
    </head>
    <body data-reader="\(kind.name)" data-model="\(escaped(model))">
      <header>
        <h1>Chat</h1>
        <nav>\(links.joined())</nav>
      </header>
      <main id="messages" role="log" aria-live="polite">
        <section id="welcome">
          <h2>Ask anything</h2>
          <p>Each word of the reply is one server-sent event. Stop closes the stream, and so cancels who writes it.</p>
          <p class="suggestions">
            <button type="button">Hello</button>
            <button type="button">How does this work?</button>
          </p>
        </section>
      </main>
      <form id="composer" autocomplete="off">
        <input id="prompt" name="prompt" placeholder="Write something" aria-label="Your message" maxlength="4000"
          required autofocus>
        <button id="send">Send</button>
        <button id="stop" type="button" hidden>Stop</button>
      </form>
      <footer>Replies come from <code>\(kind.source)</code>, one event after another.</footer>
      <script src="/chat.js"></script>
    </body>
    </html>

    """
}

/// Text as part of an attribute.
private func escaped(_ text: String) -> String {
  text.replacing("&", with: "&amp;").replacing("\"", with: "&quot;").replacing("<", with: "&lt;")
}

/// A speech bubble, as part of a `data:` URL.
private let icon =
  "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32' fill='none' stroke='%230a8f6a' stroke-width='3' "
  + "stroke-linejoin='round'%3E%3Cpath d='M4 6h24v16H14l-6 6v-6H4z'/%3E%3C/svg%3E"
