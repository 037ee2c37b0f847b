import Logging
import SSEServer

let logger = Logger(label: "sse")
var configuration = EventServerConfiguration()
configuration.log = { entry in
  switch entry {
  case .badRequest, .tlsFailed: logger.info("\(entry)")  // What others did.
  case .certificateReloaded: logger.notice("\(entry)")
  default: logger.error("\(entry)")
  }
}
configuration.accessLog = { record in
  logger.info("\(record)", metadata: ["address": "\(record.remoteAddress)", "path": "\(record.path)"])
}
