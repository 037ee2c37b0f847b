import SSESockets

/// Decides which addresses of a host are tried, and when: happy eyeballs (RFC 8305, 4 and 5). It does no I/O: it says
/// what to do next and is told what came of it.
///
/// Addresses of both families take turns, the resolver's first family first. The next attempt begins when the last one
/// failed, or has had no answer for `delay`; the earlier ones go on beside it.
struct AddressRace: Sendable {
  enum Action: Hashable {
    case connect(Attempt)
    /// Wait for an attempt to end, or a delay.
    case wait
    /// Each attempt has failed.
    case fail(Failure)
  }

  struct Attempt: Sendable, Hashable {
    /// From 1 on.
    let number: Int
    let address: SocketAddress
    /// When the next one is due unless this one ends before; nil for the last.
    let delay: Duration?
  }

  /// Why a host could not be connected to, address by address.
  struct Failure: Error, Hashable {
    struct Reason: Sendable, Hashable {
      let address: SocketAddress
      let kind: SocketError.Kind
    }

    var reasons: [Reason] = []
    /// How many addresses beyond `mostAddresses` were not tried.
    var untriedCount = 0
  }

  /// Further addresses of a host are not tried.
  static let mostAddresses = 10
  /// The recommended Connection Attempt Delay (RFC 8305, 5).
  static let delay: Duration = .milliseconds(250)

  private var waiting: ArraySlice<SocketAddress>
  private var begunCount = 0
  private var failure = Failure()
  private var isNextDue = true

  init(_ addresses: [SocketAddress]) {
    waiting = Self.interleaved(addresses).prefix(Self.mostAddresses)
    failure.untriedCount = addresses.count - waiting.count
  }

  private static func interleaved(_ addresses: [SocketAddress]) -> [SocketAddress] {
    guard let first = addresses.first else { return [] }
    let firstFamily = addresses.filter { $0.isIPv6 == first.isIPv6 }
    let otherFamily = addresses.filter { $0.isIPv6 != first.isIPv6 }
    return (0..<max(firstFamily.count, otherFamily.count)).flatMap { index in
      firstFamily.dropFirst(index).prefix(1) + otherFamily.dropFirst(index).prefix(1)
    }
  }

  mutating func next() -> Action {
    if isNextDue, let address = waiting.popFirst() {
      isNextDue = false
      begunCount += 1
      return .connect(Attempt(number: begunCount, address: address, delay: waiting.isEmpty ? nil : Self.delay))
    }
    return failure.reasons.count < begunCount || !waiting.isEmpty ? .wait : .fail(failure)
  }

  /// After a cancelled attempt no other is begun.
  mutating func failed(_ attempt: Attempt, _ kind: SocketError.Kind) {
    failure.reasons.append(Failure.Reason(address: attempt.address, kind: kind))
    if attempt.number == begunCount { isNextDue = true }
    if kind == .cancelled { waiting = [] }
  }

  /// The delay of an attempt is over; that of an earlier one than the last says nothing.
  mutating func delayEnded(_ attempt: Attempt) {
    if attempt.number == begunCount { isNextDue = true }
  }
}

extension AddressRace.Failure: CustomStringConvertible {
  /// "[::1]:80: network unreachable, 127.0.0.1:80: timed out"; addresses that failed alike stand together.
  var description: String {
    var kinds: [SocketError.Kind] = []
    for reason in reasons where !kinds.contains(reason.kind) { kinds.append(reason.kind) }
    let parts = kinds.map { kind in
      let addresses = reasons.filter { $0.kind == kind }.map(\.address.description)
      return "\(addresses.joined(separator: " and ")): \(kind.explanation)"
    }
    let untried = untriedCount > 0 ? ["\(untriedCount) more addresses were not tried"] : []
    return (parts + untried).joined(separator: ", ")
  }
}

extension SocketAddress {
  fileprivate var isIPv6: Bool {
    if case .ipv6 = self { true } else { false }
  }
}
