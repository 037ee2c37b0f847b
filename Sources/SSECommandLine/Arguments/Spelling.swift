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

  /// How many characters have to be put in, taken out, replaced or exchanged with the next (optimal string alignment).
  private static func distance(_ first: String, _ second: String) -> Int {
    let first = Array(first)
    let second = Array(second)
    var rows = [Array(0...second.count)]
    for i in first.indices {
      var row = [i + 1]
      for j in second.indices {
        var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (first[i] == second[j] ? 0 : 1))
        if i > 0, j > 0, first[i] == second[j - 1], first[i - 1] == second[j] {
          best = min(best, rows[i - 1][j - 1] + 1)
        }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[first.count][second.count]
  }
}
