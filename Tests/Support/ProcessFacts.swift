import Foundation

/// What this process holds, from /proc. Only a suite that runs alone can compare it before and after.
package enum ProcessFacts {
  /// Open descriptors.
  package static var descriptors: Int { entries("/proc/self/fd") }
  /// Threads.
  package static var threads: Int { entries("/proc/self/task") }

  /// Resident bytes.
  package static var residentBytes: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
  }

  private static func entries(_ folder: String) -> Int {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).count
  }
}
