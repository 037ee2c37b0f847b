/// Which of the numbered events one reader has: what is missing, and what came twice. Readers get each event once and
/// in order; a server that does neither is what it is there to find.
struct EventSequence: Sendable, Equatable {
  enum Arrival: Sendable, Equatable {
    /// The next one, or one behind a gap.
    case inOrder
    /// One that was missing.
    case late
    case doubled
    /// From before this reader's first: nobody counts on it.
    case early
  }

  /// Gaps that are remembered; what an older one lacks is lost for good.
  static let mostGaps = 1_024

  private let first: Int
  /// What comes next.
  private(set) var next: Int
  private var gaps: [Range<Int>] = []
  private var forgottenCount = 0

  /// - Parameter first: The number of the first event that the reader must get.
  init(from first: Int) {
    self.first = first
    next = first
  }

  mutating func received(_ number: Int) -> Arrival {
    if number >= next {
      if number > next { remember(next..<number) }
      next = number + 1
      return .inOrder
    }
    if number < first { return .early }
    guard let index = gaps.firstIndex(where: { $0.contains(number) }) else { return .doubled }
    let gap = gaps[index]
    gaps.replaceSubrange(
      index...index, with: [gap.lowerBound..<number, (number + 1)..<gap.upperBound].filter { !$0.isEmpty })
    return .late
  }

  /// How many it lacks of those before `next`.
  var missingCount: Int { forgottenCount + gaps.reduce(0) { $0 + $1.count } }

  private mutating func remember(_ gap: Range<Int>) {
    gaps.append(gap)
    if gaps.count > Self.mostGaps { forgottenCount += gaps.removeFirst().count }
  }
}
