#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A joinable thread that runs one closure.
struct LoopThread {
  private let thread: pthread_t

  private final class Body {
    let run: () -> Void
    init(_ run: @escaping () -> Void) { self.run = run }
  }

  /// Nil when the system has no more threads.
  init?(isDetached: Bool = false, _ run: @escaping () -> Void) {
    let body = Unmanaged.passRetained(Body(run))
    #if canImport(Darwin)
      var created: pthread_t?
      let result = pthread_create(&created, nil, { startThread($0) }, body.toOpaque())
    #else
      var created = pthread_t()
      let result = pthread_create(&created, nil, { startThread($0) }, body.toOpaque())
    #endif
    guard result == 0 else {
      body.release()
      return nil
    }
    #if canImport(Darwin)
      guard let created else { return nil }
    #endif
    thread = created
    if isDetached { pthread_detach(thread) }
  }

  func join() { pthread_join(thread, nil) }

  fileprivate static func start(_ pointer: UnsafeMutableRawPointer) {
    Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue().run()
  }
}

#if canImport(Darwin)
  private func startThread(_ pointer: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    LoopThread.start(pointer)
    return nil
  }
#else
  private func startThread(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let pointer { LoopThread.start(pointer) }
    return nil
  }
#endif
