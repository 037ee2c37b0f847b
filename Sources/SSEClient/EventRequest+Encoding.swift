import SSEHTTP1

extension EventRequest {
  /// Fields that only the client may write, since they frame the message or say where it resumes, and what to do.
  private static let reservedFields = [
    ("Content-Length", "remove it"), ("Transfer-Encoding", "remove it"), ("Last-Event-ID", "set lastEventID instead"),
  ]

  /// The request as it goes over the wire.
  ///
  /// - Throws: `EventClientError.invalidRequest` where a header field or the body cannot be sent.
  func encoded(for url: RequestURL, lastEventID: String) throws(EventClientError) -> [UInt8] {
    for (name, advice) in Self.reservedFields where headers.contains(name) {
      throw .invalidRequest("the header field '\(name)' is written by the client; \(advice)", url: url.description)
    }
    var fields: HeaderFields = [
      "Host": url.hostField,
      // HTML Standard, 9.2.2: the request's header list and its cache mode "no-store".
      "Accept": "text/event-stream",
      "Cache-Control": "no-cache",
      "User-Agent": "swift-sse",
    ]
    fields["Authorization"] = url.authorization
    var bytes: [UInt8] = []
    if let body {
      switch body.content {
      case .bytes(let content): bytes = content
      case .unencodable(let why): throw .invalidRequest("the body cannot be encoded: \(why)", url: url.description)
      }
      fields["Content-Type"] = body.contentType
    }
    for name in Set(headers.map { $0.name.lowercased() }) { fields.remove(name) }
    for field in headers { fields.append(field.name, field.value) }
    if body != nil || method == .post || method == .put || method == .patch {
      fields["Content-Length"] = String(bytes.count)
    }
    // The empty string is "no id" (HTML Standard, 9.2.3).
    if !lastEventID.isEmpty { fields["Last-Event-ID"] = lastEventID }
    var message: [UInt8] = []
    do throws(HTTP1Error) {
      try HeadWriter.append(method: method, target: url.target, headers: fields, to: &message)
    } catch {
      throw .invalidRequest("\(error)", url: url.description)
    }
    return message + bytes
  }
}
