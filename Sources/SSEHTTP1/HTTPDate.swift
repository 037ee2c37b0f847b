/// Dates as HTTP writes them (RFC 9110, 5.6.7), without Foundation.
package enum HTTPDate {
  private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT".
  package static func text(secondsSince1970 seconds: Int64) -> String {
    let day = floorDivide(seconds, 86_400)
    let time = seconds - day * 86_400
    let (year, month, dayOfMonth) = civil(fromDay: day)
    let weekday = weekdays[Int(((day % 7) + 7) % 7)]
    return "\(weekday), \(padded(dayOfMonth)) \(months[month - 1]) \(year) "
      + "\(padded(Int(time / 3_600))):\(padded(Int(time / 60 % 60))):\(padded(Int(time % 60))) GMT"
  }

  private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : -((b - 1 - a) / b) }

  /// The proleptic Gregorian calendar, with years that begin in March so that leap days come last.
  static func civil(fromDay day: Int64) -> (year: Int, month: Int, day: Int) {
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
}
