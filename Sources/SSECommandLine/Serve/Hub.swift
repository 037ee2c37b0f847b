import SSEServer

/// A hub: topics that anyone who may publishes to and reads over HTTP, and a page that shows and controls it.
struct Hub: Sendable {
  let topics: HubTopics
  let access: HubAccess
  let recent = RecentEvents()
  let feed: HubFeed

  init(_ topics: HubTopics, access: HubAccess) {
    self.topics = topics
    self.access = access
    feed = HubFeed(topics, recent)
  }

  /// Its routes. What comes from pages of other origins is refused, except that the page itself may be opened from a
  /// link.
  var router: Router {
    var router = Router()
    router.cors = access.cors
    router.errorResponse = HubError.response
    router.defaultHeaders = ["X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"]
    router.use { [access] request, next in
      try access.check(request)
      return try await next(request)
    }
    router.get("/healthz") { _ in .text("ok\n") }
    HubPage.add(to: &router)
    router.group { addReading(to: &$0) }
    router.group { addPublishing(to: &$0) }
    router.group("/hub") { addOperating(to: &$0) }
    return router
  }
}
