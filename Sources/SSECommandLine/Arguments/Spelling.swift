/// What a misspelt word was meant to be.
enum Spelling {
  /// The known word that differs least, if it differs little.
  static func nearest(to word: String, in known: [String]) -> String? {
    // What is far longer than any word is no misspelling of one, and would take long to compare.
    guard word.count <= 64 else { return nil }
    let best = known.map { (word: $0, distance: distance(word, $0)) }.min { $0.distance < $1.distance }
    guard let best, best.distance <= max(2, word.count / 3) else { return nil }
    return best.word
  }

  /// How many characters have to be put in, taken out or replaced (Levenshtein).
  private static func distance(_ first: String, _ second: String) -> Int {
    let second = Array(second)
    var row = Array(0...second.count)
    for (i, a) in first.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, b) in second.enumerated() {
        let cost = a == b ? diagonal : min(diagonal, row[j], row[j + 1]) + 1
        diagonal = row[j + 1]
        row[j + 1] = cost
      }
    }
    return row[second.count]
  }
}
