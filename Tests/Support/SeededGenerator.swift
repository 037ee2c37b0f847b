/// Random numbers that are the same in each run (SplitMix64), so that a failure can be had again by its seed.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension Collection {
  /// The elements, cut at random places into pieces of at most `longest`; some are empty.
  package func randomPieces(
    longest: Int, using generator: inout some RandomNumberGenerator
  ) -> [[Element]] {
    var pieces: [[Element]] = []
    var rest = self[...]
    while !rest.isEmpty {
      let piece = rest.prefix(Int.random(in: 0...longest, using: &generator))
      pieces.append(Array(piece))
      rest = rest.dropFirst(piece.count)
    }
    return pieces
  }

  /// Each element a piece of its own.
  package var singlePieces: [[Element]] { map { [$0] } }

  /// Cut at these offsets.
  package func pieces(cutAt offsets: [Int]) -> [[Element]] {
    zip([0] + offsets, offsets + [count]).map { Array(dropFirst($0).prefix($1 - $0)) }
  }
}
