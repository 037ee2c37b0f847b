package import Foundation

/// A window of a real, headless Chromium, driven through chromedriver (W3C WebDriver: JSON over HTTP, which `curl`
/// carries). Each command has a limit of thirty seconds.
package struct Browser: Sendable {
  private let session: WebDriverSession

  fileprivate init(_ session: WebDriverSession) { self.session = session }

  /// Goes to a page; returns when it has loaded.
  package func open(_ url: String) async throws {
    try await session.command("POST", "/url", ["url": url])
  }

  package func open(_ url: URL) async throws { try await open(url.absoluteString) }

  /// Runs a function body in the page and returns what it returns.
  package func execute<Value: Decodable>(_ script: String, as type: Value.Type = Value.self) async throws -> Value {
    let data = try await session.command("POST", "/execute/sync", ["script": script, "args": [String]()])
    return try WebDriverSession.value(of: data)
  }

  /// Gives the page so much room, in CSS pixels.
  package func resize(width: Int, height: Int) async throws {
    let metrics: [String: Any] = ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false]
    let command: [String: Any] = ["cmd": "Emulation.setDeviceMetricsOverride", "params": metrics]
    try await session.command("POST", "/goog/cdp/execute", command)
  }

  /// Runs a script at the beginning of each page that is opened from now on, before the page's own scripts.
  package func runBeforeEachPage(_ script: String) async throws {
    let parameters = ["source": script]
    let command: [String: Any] = ["cmd": "Page.addScriptToEvaluateOnNewDocument", "params": parameters]
    try await session.command("POST", "/goog/cdp/execute", command)
  }

  /// The text of the first element that a CSS selector finds, also where it is not visible; nil where there is none.
  package func text(of selector: String) async throws -> String? {
    try await execute("return document.querySelector(\"\(selector)\")?.textContent ?? null")
  }

  /// Clicks the element in the middle, as a person does: something that lies over it is an error.
  package func click(_ selector: String) async throws {
    let data = try await session.command("POST", "/element", ["using": "css selector", "value": selector])
    let element: [String: String] = try WebDriverSession.value(of: data)
    for identifier in element.values { try await session.command("POST", "/element/\(identifier)/click") }
  }
}

/// What a browser or its driver refused.
package struct WebDriverError: Error, CustomStringConvertible {
  package let description: String
}

/// Runs Chromium, with a profile of its own, while `body` runs.
package func withBrowser<R>(
  isolation: isolated (any Actor)? = #isolation, _ body: (Browser) async throws -> R
) async throws -> R {
  for _ in 1..<5 {
    do { return try await withDriver(body) } catch is PortTaken { continue }
  }
  return try await withDriver(body)
}

/// The driver lets the system choose a port for IPv6, wants the same for IPv4, and gives up where that one is taken.
private struct PortTaken: Error {}

/// Throws `PortTaken` only before `body` has run.
private func withDriver<R>(
  isolation: isolated (any Actor)? = #isolation, _ body: (Browser) async throws -> R
) async throws -> R {
  let profile = FileManager.default.temporaryDirectory.appending(path: "sse-browser-\(UUID())")
  defer { try? FileManager.default.removeItem(at: profile) }
  return try await withRunningProgram("chromedriver", ["--port=0"]) { driver in
    let start = try await driver.output(matching: /(started successfully on port \d+|port not available)/)
    guard let port = start.split(separator: " ").last, Int(port) != nil else { throw PortTaken() }
    let session = try await WebDriverSession.begin(driver: "http://127.0.0.1:\(port)", profile: profile.path())
    let result: Result<R, any Error>
    do { result = .success(try await body(Browser(session))) } catch { result = .failure(error) }
    await session.end()
    return try result.get()
  }
}

/// One session of a driver: a browser with one window.
private struct WebDriverSession: Sendable {
  let url: String

  static func begin(driver: String, profile: String) async throws -> WebDriverSession {
    let arguments = [
      "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir=\(profile)",
      // A page that is left must be gone, not kept for the way back.
      "--disable-features=BackForwardCache",
    ]
    let always: [String: Any] = ["goog:chromeOptions": ["args": arguments]]
    let data = try await send("POST", "\(driver)/session", ["capabilities": ["alwaysMatch": always]])
    struct Session: Decodable {
      let sessionId: String
    }
    let session: Session = try value(of: data)
    return WebDriverSession(url: "\(driver)/session/\(session.sessionId)")
  }

  @discardableResult
  func command(_ method: String, _ path: String, _ parameters: [String: Any] = [:]) async throws -> Data {
    try await Self.send(method, url + path, parameters)
  }

  /// Ends the browser. On a thread, so that it works in a cancelled test too.
  func end() async {
    try? await onThread {
      let arguments = ["-s", "--max-time", "5", "-o", "/dev/null", "-X", "DELETE", url]
      let curl = try ChildProcess("curl", arguments, output: STDERR_FILENO, errors: STDERR_FILENO)
      curl.waitUntilEnd()
    }
  }

  private static func send(_ method: String, _ url: String, _ parameters: [String: Any]) async throws -> Data {
    let body = try JSONSerialization.data(withJSONObject: parameters)
    let result = try await Program.run(
      "curl",
      [
        "-sS", "--max-time", "30", "-X", method, "-H", "Content-Type: application/json",
        "--data-raw", String(decoding: body, as: UTF8.self), "-w", "\n%{http_code}", url,
      ])
    let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
    let data = Data(lines.dropLast().joined(separator: "\n").utf8)
    guard result.status == 0, lines.last == "200" else {
      let failure: WebDriverFailure? = try? value(of: data)
      let reason = failure.map { "\($0.error): \($0.message)" } ?? result.errors
      throw WebDriverError(description: "\(method) \(url): \(reason)")
    }
    return data
  }

  static func value<Value: Decodable>(of data: Data) throws -> Value {
    try JSONDecoder().decode(WebDriverAnswer<Value>.self, from: data).value
  }
}

/// What each answer's body is.
private struct WebDriverAnswer<Value: Decodable>: Decodable {
  let value: Value
}

/// The value of an answer that refuses a command.
private struct WebDriverFailure: Decodable {
  let error: String
  let message: String
}
