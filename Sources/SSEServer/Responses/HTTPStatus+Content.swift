import SSEHTTP1

extension HTTPStatus {
  /// Announces another response, and so answers no request (RFC 9110, 15.2).
  var isInterim: Bool { code < 200 }

  /// Whether content may follow the head (RFC 9110, 6.4.1 and 15.3.6). Where it may not, a reader would take it for the
  /// next response.
  var allowsContent: Bool { !isInterim && code != 204 && code != 205 && code != 304 }
}

extension Response {
  /// The response without a body that its status forbids.
  var withoutForbiddenContent: Response {
    if status.allowsContent { return self }
    var response = self
    response.body = .bytes([])
    return response
  }
}
