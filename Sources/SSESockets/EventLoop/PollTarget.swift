/// What a loop tells that a descriptor is ready. A base class and not a protocol: a loop keeps one for each of
/// thousands of descriptors, and a class reference is half as large.
@usableFromInline
package class PollTarget {
  func becameReady(_ ready: Readiness) {}
}

/// The targets of a loop by descriptor. A token also holds a generation, so that what the poller found for a
/// descriptor that has been closed and opened anew in the same batch reaches nobody.
struct TargetTable {
  private struct Slot {
    var target: PollTarget?
    var generation: UInt32 = 0
  }

  private var slots: [Slot] = []

  mutating func insert(_ target: PollTarget, for descriptor: Int32) -> UInt64 {
    let index = Int(descriptor)
    if index >= slots.count {
      slots.append(contentsOf: repeatElement(Slot(), count: index + 1 - slots.count))
    }
    slots[index].target = target
    return token(of: descriptor)
  }

  mutating func remove(_ descriptor: Int32) {
    slots[Int(descriptor)].target = nil
    slots[Int(descriptor)].generation &+= 1
  }

  func token(of descriptor: Int32) -> UInt64 {
    UInt64(slots[Int(descriptor)].generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
  }

  func target(of token: UInt64) -> PollTarget? {
    let slot = slots[Int(token & 0xffff_ffff)]
    return slot.generation == UInt32(truncatingIfNeeded: token >> 32) ? slot.target : nil
  }
}
