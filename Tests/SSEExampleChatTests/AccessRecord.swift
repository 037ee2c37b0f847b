@testable import SSEServer

func accessRecord(
  path: String, status: HTTPStatus, ending: EventServerAccessRecord.Ending
) -> EventServerAccessRecord {
  EventServerAccessRecord(
    method: .get, path: path, remoteAddress: "127.0.0.1", status: status, bytes: 1, events: 2,
    duration: .milliseconds(1_449), ending: ending)
}
