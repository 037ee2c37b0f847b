import Foundation

/// What this process holds, from /proc. Only a suite that runs alone can compare it before and after.
package enum ProcessFacts {
  /// Open descriptors, without those that come and go with the looking: see `openFiles`.
  package static var descriptors: Int { openFiles.count }

  /// What each descriptor refers to, as "socket:[INODE]". Left out are the folder that is being listed, and timerfds:
  /// Dispatch opens one when it first needs a clock, this package none.
  package static var openFiles: [String] {
    let files = FileManager.default
    let numbers = (try? files.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return numbers.compactMap { try? files.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") }
      .filter { !$0.hasPrefix("/proc/") && !$0.contains("timerfd") }
  }

  /// Threads.
  package static var threads: Int { entries("/proc/self/task") }

  /// Resident bytes.
  package static var residentBytes: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
  }

  /// The time that processors have spent for this process.
  package static var processorTime: Duration {
    var usage = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &usage)
    return .seconds(usage.tv_sec) + .nanoseconds(usage.tv_nsec)
  }

  /// Gives free memory back to the system, so that `residentBytes` tells what is held; glibc only.
  package static func trimMemory() {
    // Swift's view of glibc lacks it.
    guard let symbol = dlsym(dlopen(nil, RTLD_NOW), "malloc_trim") else { return }
    _ = unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)(0)
  }

  private static func entries(_ folder: String) -> Int {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).count
  }
}
