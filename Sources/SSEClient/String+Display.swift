import SSEHTTP1

extension String {
  /// Without what would begin a new line or steer a terminal.
  var onOneLine: String {
    String(String.UnicodeScalarView(unicodeScalars.map { $0.altersDisplay ? " " : $0 }))
  }

  /// Its beginning. Scalars are counted, since a single character may have any number of them.
  func excerpt(_ length: Int) -> String {
    let scalars = unicodeScalars.prefix(length)
    return scalars.endIndex == unicodeScalars.endIndex ? self : String(scalars) + "…"
  }
}
