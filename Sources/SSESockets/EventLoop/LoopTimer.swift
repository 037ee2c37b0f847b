/// One pending timer of an event loop: what happens at a point of the monotonic clock. Used on the loop's thread only.
package final class LoopTimer {
  let deadline: UInt64
  /// Where it stands in its loop's heap; nil once it has fired or was cancelled.
  fileprivate(set) var place: Int?
  let action: () -> Void

  init(deadline: UInt64, action: @escaping () -> Void) {
    self.deadline = deadline
    self.action = action
  }
}

/// The pending timers of a loop, earliest first: a binary heap whose members know their place, so that a cancelled
/// timer leaves at once and keeps nothing until its deadline.
struct TimerHeap {
  private var heap: [LoopTimer] = []

  var count: Int { heap.count }
  var earliestDeadline: UInt64? { heap.first?.deadline }

  mutating func insert(_ timer: LoopTimer) {
    heap.append(timer)
    timer.place = heap.count - 1
    siftUp(heap.count - 1)
  }

  mutating func remove(_ timer: LoopTimer) {
    guard let place = timer.place else { return }
    timer.place = nil
    let last = heap.removeLast()
    guard place < heap.count else { return }
    heap[place] = last
    last.place = place
    siftDown(place)
    siftUp(place)
  }

  /// Takes the earliest timer if it is due.
  mutating func removeFirst(dueAt now: UInt64) -> LoopTimer? {
    guard let first = heap.first, first.deadline <= now else { return nil }
    remove(first)
    return first
  }

  private mutating func siftUp(_ start: Int) {
    var child = start
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].deadline < heap[parent].deadline else { return }
      swapPlaces(child, parent)
      child = parent
    }
  }

  private mutating func siftDown(_ start: Int) {
    var parent = start
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child].deadline < heap[least].deadline {
        least = child
      }
      guard least != parent else { return }
      swapPlaces(parent, least)
      parent = least
    }
  }

  private mutating func swapPlaces(_ first: Int, _ second: Int) {
    heap.swapAt(first, second)
    heap[first].place = first
    heap[second].place = second
  }
}
