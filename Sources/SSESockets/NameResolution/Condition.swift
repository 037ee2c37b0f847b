#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A value under a lock that threads can wait on until another signals. For threads only, never for tasks.
final class Condition<Value>: @unchecked Sendable {
  // Proof of Sendable: `value` is reached through `withLock` only; the two C objects are made for many threads.
  private var value: Value
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  /// What a wait is measured by. Darwin's conditions know the wall clock only, which may be set meanwhile.
  private static var clock: clockid_t {
    #if canImport(Darwin)
      CLOCK_REALTIME
    #else
      CLOCK_MONOTONIC
    #endif
  }

  init(_ value: sending Value) {
    self.value = value
    pthread_mutex_init(mutex, nil)
    #if canImport(Darwin)
      pthread_cond_init(condition, nil)
    #else
      var attributes = pthread_condattr_t()
      pthread_condattr_init(&attributes)
      pthread_condattr_setclock(&attributes, Self.clock)
      pthread_cond_init(condition, &attributes)
      pthread_condattr_destroy(&attributes)
    #endif
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  func withLock<R>(_ body: (inout Value) -> R) -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body(&value)
  }

  func signal() { pthread_cond_signal(condition) }

  /// Asks `take` at once and after each signal until it has something. When nothing came within the time, `giveUp` ends
  /// the wait, in the same hold of the lock as the last look. The lock is not held while the thread waits.
  func wait<R>(seconds: Double, _ take: (inout Value) -> R?, orElse giveUp: (inout Value) -> R) -> R {
    var deadline = timespec()
    clock_gettime(Self.clock, &deadline)
    let nanoseconds = deadline.tv_nsec + Int((seconds * 1e9).rounded())
    deadline.tv_sec += nanoseconds / 1_000_000_000
    deadline.tv_nsec = nanoseconds % 1_000_000_000
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    var isOver = false
    while true {
      if let taken = take(&value) { return taken }
      if isOver { return giveUp(&value) }
      isOver = pthread_cond_timedwait(condition, mutex, &deadline) != 0
    }
  }
}
