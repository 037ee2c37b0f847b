extension HTTPDate {
  /// Reads a date in one of the three forms that a recipient has to accept (RFC 9110, 5.6.7): IMF-fixdate, RFC 850 and
  /// asctime. Nil for what is none of them, or no date of the calendar. The weekday is not looked at.
  ///
  /// - Parameter now: In seconds since 1970; the two digits of a year in RFC 850's form are read from there.
  package static func secondsSince1970(_ text: String, now: Int64) -> Int64? {
    let words = text.split { $0 == " " || $0 == "," || $0 == "-" }.map(String.init)
    switch words.count {
    case 6 where words[5] == "GMT":  // "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"
      return number(words[3], digits: 2...4).flatMap {
        seconds(
          year: words[3].utf8.count == 2 ? fullYear($0, now: now) : $0, month: words[2], day: words[1], time: words[4])
      }
    case 5:  // "Sun Nov  6 08:49:37 1994"
      return number(words[4], digits: 4...4).flatMap {
        seconds(year: $0, month: words[1], day: words[2], time: words[3])
      }
    default:
      return nil
    }
  }

  /// What seems to be more than 50 years ahead is of the past.
  private static func fullYear(_ year: Int64, now: Int64) -> Int64 {
    let thisYear = Int64(civil(fromDay: floorDivide(now, 86_400)).year)
    let candidate = thisYear - thisYear % 100 + year
    return candidate > thisYear + 50 ? candidate - 100 : candidate
  }

  private static func seconds(year: Int64, month: String, day: String, time: String) -> Int64? {
    let clock = time.split(separator: ":", omittingEmptySubsequences: false).map { number(String($0), digits: 2...2) }
    guard clock.count == 3, let hour = clock[0], let minute = clock[1], let second = clock[2],
      hour < 24, minute < 60, second <= 60,
      let monthIndex = months.firstIndex(of: month),
      let day = number(day, digits: 1...2), (1...31).contains(day)
    else { return nil }
    let days = dayNumber(year: year, month: Int64(monthIndex) + 1, day: day)
    // A day that the month does not have is another date when it is written.
    guard civil(fromDay: days).day == Int(day) else { return nil }
    return days * 86_400 + hour * 3_600 + minute * 60 + second
  }

  private static func number(_ text: String, digits: ClosedRange<Int>) -> Int64? {
    guard digits.contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int64(text)
  }

  /// The inverse of `civil(fromDay:)`.
  private static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let era = floorDivide(shiftedYear, 400)
    let yearOfEra = shiftedYear - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}
