import CSSEPosix

/// What the operating system allows this process.
package enum ProcessLimits {
  /// The most descriptors it may hold.
  package static var descriptors: Int { Int(sse_descriptor_limit()) }

  /// Lets it hold as many as the system allows without privileges. Many systems give a process 1,024 that does not ask,
  /// for the sake of programs that use `select`.
  package static func raiseDescriptors() { sse_raise_descriptor_limit() }
}
