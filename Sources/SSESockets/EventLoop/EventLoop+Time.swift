import CSSEPosix

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

extension EventLoop {
  /// Seconds of the wall clock since 1970.
  package static var secondsSince1970: Int64 { Int64(time(nil)) }
}
