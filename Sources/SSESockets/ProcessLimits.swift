import CSSEPosix

/// What the operating system allows this process.
package enum ProcessLimits {
  /// The most descriptors it may hold.
  package static var descriptors: Int { Int(sse_descriptor_limit()) }
}
