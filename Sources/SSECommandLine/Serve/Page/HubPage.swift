import SSEServer

/// The hub's page and what belongs to it. Nothing comes from elsewhere, and what came over the network is shown as text
/// only; the policy makes sure of both.
enum HubPage {
  /// Adds the routes of page, style and scripts. They hold no secret, and so they ask for no token.
  static func add(to router: inout Router) {
    router.get("/") { _ in
      var response = Response.html(html)
      response.headers["Content-Security-Policy"] = policy
      response.headers["Cache-Control"] = "no-cache"
      return response
    }
    for (path, type, text) in [
      ("/hub/style.css", "text/css", hubStyle), ("/hub/page.js", "text/javascript", hubScript),
      ("/hub/plot.js", "text/javascript", plotScript),
    ] {
      router.get(path) { _ in
        Response(
          headers: ["Content-Type": "\(type); charset=utf-8", "Cache-Control": "no-cache"], bytes: Array(text.utf8))
      }
    }
  }

  /// Content Security Policy, Level 3.
  private static let policy = """
    default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'
    """

  private static let html = """
    <!doctype html>
    <html lang="en">
    <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Event hub</title>
      <link rel="icon" href="data:image/svg+xml,\(icon)">
      <link rel="stylesheet" href="hub/style.css">
      <script type="module" src="hub/page.js"></script>
    </head>
    <body>
      <header>
        <h1>Event hub</h1>
        <p id="state" role="status" data-state="connecting">connecting</p>
        <dl>
          <div><dt>Events a second</dt><dd id="rate">–</dd></div>
          <div><dt>Readers</dt><dd id="readers">–</dd></div>
          <div><dt>Connections</dt><dd id="connection-count">–</dd></div>
          <div><dt>Topics</dt><dd id="topic-count">–</dd></div>
        </dl>
      </header>
      <main>
        <section id="plot-card" aria-labelledby="plot-title">
          <h2 id="plot-title">Events published a second</h2>
          <canvas id="plot" role="img" aria-label="Events published a second, over the last two minutes"></canvas>
        </section>
        <section aria-labelledby="publish-title">
          <h2 id="publish-title">Publish</h2>
          <form id="publish" autocomplete="off">
            <label>Topic <input id="topic" name="topic" value="default" maxlength="64" required
              pattern="[A-Za-z0-9._\\-]+" title="Letters, digits, and . _ -"></label>
            <label>Type <input id="type" name="type" placeholder="message"></label>
            <label class="wide">Data <textarea id="data" name="data" rows="2"></textarea></label>
            <button id="send">Publish</button>
            <output id="result" for="topic type data"></output>
          </form>
        </section>
        <section aria-labelledby="topics-title">
          <h2 id="topics-title">Topics</h2>
          <div class="scroll" tabindex="0" role="region" aria-labelledby="topics-title">
            <table>
              <thead><tr><th scope="col">Topic</th><th scope="col">Readers</th><th scope="col">Events/s</th>
                <th scope="col">Held</th><th scope="col">Bytes</th></tr></thead>
              <tbody id="topics"></tbody>
            </table>
          </div>
          <p class="empty">No topic yet: publish an event, or read a topic.</p>
        </section>
        <section aria-labelledby="events-title">
          <h2 id="events-title">Last events</h2>
          <ol id="events" class="scroll" tabindex="0" aria-labelledby="events-title"></ol>
          <p class="empty">Nothing has been published since the hub began.</p>
        </section>
        <section class="wide" aria-labelledby="connections-title">
          <h2 id="connections-title">Connections</h2>
          <div class="scroll" tabindex="0" role="region" aria-labelledby="connections-title">
            <table>
              <thead><tr><th scope="col">Address</th><th scope="col" class="text">Reads</th><th scope="col">Behind</th>
                <th scope="col">Events</th><th scope="col">Open for</th><td></td></tr></thead>
              <tbody id="connections"></tbody>
            </table>
          </div>
          <p class="empty">Nobody is connected.</p>
        </section>
      </main>
      <footer id="about"></footer>
      <dialog id="token-dialog" aria-labelledby="token-title">
        <form id="token-form" method="dialog">
          <h2 id="token-title">This hub asks for a token</h2>
          <p>The one it was started with: the publish token, or where there is none the subscribe token. It is kept
            until this tab is closed.</p>
          <label>Token <input id="token" type="password" autocomplete="off" required></label>
          <p id="token-refused" role="alert" hidden>That was not it.</p>
          <button>Use it</button>
        </form>
      </dialog>
    </body>
    </html>

    """

  /// A point with waves to both sides, as part of a `data:` URL.
  private static let icon =
    "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32' fill='none' stroke='%230a8f6a' stroke-width='3' "
    + "stroke-linecap='round'%3E%3Ccircle cx='16' cy='16' r='3' fill='%230a8f6a'/%3E%3Cpath d='M9 9a10 10 0 0 0 0 14"
    + "M23 9a10 10 0 0 1 0 14M4.5 4.5a16 16 0 0 0 0 23M27.5 4.5a16 16 0 0 1 0 23'/%3E%3C/svg%3E"
}
