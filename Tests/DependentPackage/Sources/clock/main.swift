import HTTP1
import SSEServer

// One import brings all that a server's code names, also under MemberImportVisibility.
var router = Router()
router.get("/") { request in
  guard request.method == .get else { throw HTTPStatus.methodNotAllowed }
  return Response(status: .ok, headers: ["Content-Type": "text/plain"], bytes: Array("hello".utf8))
}
let headers: HeaderFields = ["Cache-Control": "no-store"]
let event = ServerSentEvent(data: "tick", id: "1")
let server = EventServer(router, port: 0)
print("the dependent package's clock: \(event), \(HTTPStatus.ok), \(headers["cache-control"] ?? "none"), \(http1)")
