/// What all pages share: the head, the title, the way to the other page, and the stream's own address below.
func page(_ kind: PageKind, body: String) -> String {
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
      <title>Server clock – \(kind.name)</title>
      <link rel="icon" href="data:image/svg+xml,\(icon)">
      <link rel="stylesheet" href="/clock.css">
    </head>
    <body>
      <header>
        <h1>Server clock</h1>
        <nav>\(links.joined())</nav>
      </header>
    \(body)
      <footer>
        The time comes from <a href="/events/stream"><code>/events/stream</code></a>, one event after another.
      </footer>
    </body>
    </html>

    """
}

enum PageKind: CaseIterable {
  case plain, react

  var path: String {
    switch self {
    case .plain: "/"
    case .react: "/react"
    }
  }

  var name: String {
    switch self {
    case .plain: "Plain JavaScript"
    case .react: "React"
    }
  }
}

/// A clock face, as part of a `data:` URL.
private let icon =
  "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32' fill='none' stroke='%230a8f6a' stroke-width='3' "
  + "stroke-linecap='round'%3E%3Ccircle cx='16' cy='16' r='13'/%3E%3Cpath d='M16 8v8l6 4'/%3E%3C/svg%3E"
