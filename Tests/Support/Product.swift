import Foundation

/// The executables of this package.
package enum Product {
  /// Where one stands: beside the running tests.
  package static func path(_ name: String) -> String {
    URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent(name).path
  }
}
