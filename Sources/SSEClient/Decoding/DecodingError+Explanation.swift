extension DecodingError {
  /// Where in the value, and what is wrong there: `choices[0].delta: there is no value for 'content'`.
  var explanation: String {
    let (context, reason): (Context, String) =
      switch self {
      case .typeMismatch(_, let context), .valueNotFound(_, let context): (context, context.debugDescription)
      case .keyNotFound(let key, let context): (context, "there is no value for '\(key.stringValue)'")
      case .dataCorrupted(let context):
        (context, context.underlyingError.map { "\(context.debugDescription) \($0)" } ?? context.debugDescription)
      @unknown default: (Context(codingPath: [], debugDescription: ""), "\(self)")
      }
    let path = context.codingPath.reduce(into: "") { path, key in
      if let index = key.intValue {
        path += "[\(index)]"
      } else {
        path += path.isEmpty ? key.stringValue : ".\(key.stringValue)"
      }
    }
    return path.isEmpty ? reason : "\(path): \(reason)"
  }
}
