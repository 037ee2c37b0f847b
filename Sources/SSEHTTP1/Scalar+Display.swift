extension Unicode.Scalar {
  /// Whether it has no place in a line of a log or a message: control characters steer a terminal or begin a new line,
  /// as line and paragraph separators do; format characters turn text round or hide it.
  package var altersDisplay: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
