import SSESockets
import Testing

@testable import SSEClient

/// Which addresses are tried, and when: RFC 8305 without sockets.
@Suite struct AddressRaceTests {
  /// "4.1" and "6.1" are addresses of the two families.
  private static func address(_ name: String) -> SocketAddress {
    let number = UInt8(name.dropFirst(2)) ?? 0
    return name.hasPrefix("4")
      ? .ipv4(0x0A00_0000 | UInt32(number), port: 80) : .ipv6(high: 0x2001_0db8 << 32, low: UInt64(number), port: 80)
  }

  private static func race(_ names: [String]) -> AddressRace { AddressRace(names.map(address)) }

  @Test(
    "Families take turns, the resolver's first one first, each in the resolver's order",
    arguments: [
      (["6.1", "6.2", "4.1", "4.2"], ["6.1", "4.1", "6.2", "4.2"]),
      (["4.1", "6.1", "6.2", "6.3", "4.2"], ["4.1", "6.1", "4.2", "6.2", "6.3"]),
      (["4.1", "4.2"], ["4.1", "4.2"]),
      (["6.1"], ["6.1"]),
    ])
  func order(names: [String], tried: [String]) {
    var race = Self.race(names)
    for name in tried {
      guard case .connect(let attempt) = race.next() else {
        Issue.record("\(name) is not tried")
        return
      }
      #expect(attempt.address == Self.address(name))
      #expect(attempt.delay == (name == tried.last ? nil : .milliseconds(250)))
      race.failed(attempt, .refused)
    }
    guard case .fail(let failure) = race.next() else {
      Issue.record("not over")
      return
    }
    #expect(failure.reasons.map(\.address) == tried.map(Self.address))
  }

  @Test("The next attempt begins when the last failed or its delay is over, and not before")
  func pace() throws {
    var race = Self.race(["6.1", "4.1", "6.2", "4.2"])
    let first = try race.attempt()
    #expect(race.next() == .wait)
    race.delayEnded(first)
    let second = try race.attempt()
    #expect(race.next() == .wait)
    // What the first one's end or delay says of the second: nothing.
    race.failed(first, .unreachable)
    race.delayEnded(first)
    #expect(race.next() == .wait)
    race.failed(second, .refused)
    let third = try race.attempt()
    // The second's delay, which was waited for when it failed.
    race.delayEnded(second)
    #expect(race.next() == .wait)
    race.delayEnded(third)
    let fourth = try race.attempt()
    race.failed(fourth, .refused)
    #expect(race.next() == .wait, "the third is under way")
    race.failed(third, .timedOut)
    guard case .fail(let failure) = race.next() else {
      Issue.record("not over")
      return
    }
    #expect(
      failure.description
        == "[2001:db8::1]:80: network unreachable, 10.0.0.1:80 and 10.0.0.2:80: connection refused; is the server "
        + "running there?, [2001:db8::2]:80: timed out")
  }

  @Test("After a cancelled attempt no other begins")
  func cancelled() throws {
    var race = Self.race(["6.1", "4.1"])
    race.failed(try race.attempt(), .cancelled)
    guard case .fail = race.next() else {
      Issue.record("another is tried")
      return
    }
  }

  @Test("Ten addresses of a host are tried, of both families, and the others are counted")
  func most() throws {
    var race = Self.race((1...20).map { "6.\($0)" } + ["4.1"])
    var tried: [SocketAddress] = []
    while case .connect(let attempt) = race.next() {
      tried.append(attempt.address)
      race.failed(attempt, .refused)
    }
    #expect(tried.count == 10)
    #expect(tried[1] == Self.address("4.1"))
    guard case .fail(let failure) = race.next() else {
      Issue.record("not over")
      return
    }
    #expect(failure.description.hasSuffix(", 11 more addresses were not tried"))
  }
}

extension AddressRace {
  private struct NotDue: Error {}

  fileprivate mutating func attempt() throws -> Attempt {
    guard case .connect(let attempt) = next() else { throw NotDue() }
    return attempt
  }
}
