/// Which published events have reached all readers. An event is complete when each reader that was there when it was
/// published has it, or has left.
struct FanOut: Sendable {
  /// Events that may be under way at once; an older one that is not complete by then never becomes it.
  static let mostUnderWay = 16_384

  /// For event n the place n modulo their number: how many readers still wait for it.
  private var waiting: [Int] = []
  /// How many events there were; they are numbered from 0.
  private(set) var published = 0
  private(set) var readers = 0
  /// Events that some reader waits for.
  private(set) var incomplete = 0

  /// Another reader; the number of the first event that it must get.
  mutating func join() -> Int {
    readers += 1
    return published
  }

  mutating func publish() {
    if waiting.isEmpty { waiting = [Int](repeating: 0, count: Self.mostUnderWay) }
    let place = published % Self.mostUnderWay
    if waiting[place] > 0 { incomplete -= 1 }
    waiting[place] = readers
    if readers > 0 { incomplete += 1 }
    published += 1
  }

  /// Takes back the newest event, which the server has refused.
  mutating func withdraw() {
    guard published > 0 else { return }
    published -= 1
    let place = published % Self.mostUnderWay
    if waiting[place] > 0 { incomplete -= 1 }
    waiting[place] = 0
  }

  /// A reader that must get this event has it, for the first time; whether it was the last one.
  mutating func delivered(_ number: Int) -> Bool {
    guard number < published, published - number <= Self.mostUnderWay else { return false }
    let place = number % Self.mostUnderWay
    guard waiting[place] > 0 else { return false }
    waiting[place] -= 1
    if waiting[place] == 0 { incomplete -= 1 }
    return waiting[place] == 0
  }

  /// Waits for none of them any more: what has not come is taken for lost.
  mutating func abandon() {
    guard incomplete > 0 else { return }
    for place in waiting.indices { waiting[place] = 0 }
    incomplete = 0
  }

  /// A reader has left; nobody waits for what it would have got from here on.
  mutating func leave(before next: Int) {
    readers -= 1
    for number in max(next, published - Self.mostUnderWay)..<max(next, published) { _ = delivered(number) }
  }
}
