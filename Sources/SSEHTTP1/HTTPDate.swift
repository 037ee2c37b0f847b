/// Dates as HTTP writes them (RFC 9110, 5.6.7), without Foundation.
package enum HTTPDate {
  private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT".
  package static func text(secondsSince1970 seconds: Int64) -> String {
    let day = floorDivide(seconds, 86_400)
    let time = seconds - day * 86_400
    let (year, month, dayOfMonth) = civil(fromDay: day)
    let weekday = weekdays[Int(((day % 7) + 7) % 7)]
    return "\(weekday), \(padded(dayOfMonth)) \(months[month - 1]) \(year) "
      + "\(padded(Int(time / 3_600))):\(padded(Int(time / 60 % 60))):\(padded(Int(time % 60))) GMT"
  }

  /// Seconds since 1970; nil for what is not a date in one of the three forms.
  package static func secondsSince1970(_ text: String) -> Int64? {
    let words = text.split { $0 == " " || $0 == "," || $0 == "-" }
    // IMF-fixdate and RFC 850: weekday, day, month, year, time, GMT; asctime: weekday, month, day, time, year.
    let isAsctime = words.count == 5
    guard isAsctime || words.count == 6 && words[5] == "GMT" else { return nil }
    let (dayWord, monthWord) = isAsctime ? (words[2], words[1]) : (words[1], words[2])
    let (yearWord, timeWord) = isAsctime ? (words[4], words[3]) : (words[3], words[4])
    guard let day = Int(dayWord), (1...31).contains(day), var year = Int(yearWord), (0...9_999).contains(year),
      let month = months.firstIndex(where: { $0 == monthWord })
    else { return nil }
    // Without a clock: years to 69 are this century's, as in POSIX.
    if yearWord.count == 2 { year += year < 70 ? 2_000 : 1_900 }
    let parts = timeWord.split(separator: ":").compactMap { Int64($0) }
    guard parts.count == 3, (0..<24).contains(parts[0]), (0..<60).contains(parts[1]), (0...60).contains(parts[2])
    else { return nil }
    return daysFromCivil(year, month + 1, day) * 86_400 + parts[0] * 3_600 + parts[1] * 60 + parts[2]
  }

  private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : -((b - 1 - a) / b) }

  /// The proleptic Gregorian calendar, with years that begin in March so that leap days come last.
  private static func civil(fromDay day: Int64) -> (year: Int, month: Int, day: Int) {
    let shifted = day + 719_468
    let era = floorDivide(shifted, 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (Int(year), Int(month), Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1))
  }

  private static func daysFromCivil(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
    let shiftedYear = Int64(month <= 2 ? year - 1 : year)
    let era = floorDivide(shiftedYear, 400)
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}
