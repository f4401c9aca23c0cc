/// The date and time that a template takes for now: a civil date without time zone.
package struct TemplateDate: Sendable, Equatable {
  /// The year, 1 to 9999.
  package let year: Int
  /// The month, 1 to 12.
  package let month: Int
  /// The day of the month, from 1.
  package let day: Int
  /// Hours, minutes and seconds.
  private let time: (hour: Int, minute: Int, second: Int)

  /// A date at midnight or another time; nil where there is no such date.
  package init?(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
    guard (1...9999).contains(year), (1...12).contains(month),
      day >= 1, day <= Self.days(of: month, in: year),
      (0..<24).contains(hour), (0..<60).contains(minute), (0..<60).contains(second)
    else { return nil }
    (self.year, self.month, self.day) = (year, month, day)
    time = (hour, minute, second)
  }

  /// 26 July 2024: the date that Llama's templates fall back to, and the one used where nobody gives another.
  package static var standard: TemplateDate {
    guard let date = TemplateDate(year: 2024, month: 7, day: 26) else { preconditionFailure("a date") }
    return date
  }

  package static func == (left: TemplateDate, right: TemplateDate) -> Bool {
    (left.year, left.month, left.day) == (right.year, right.month, right.day) && left.time == right.time
  }

  private static let monthNames = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
  ]
  private static let dayNames = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]

  private static func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  private static func days(of month: Int, in year: Int) -> Int {
    month == 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
  }

  /// The day of the year, from 1.
  private var dayOfYear: Int {
    (1..<month).reduce(day) { $0 + Self.days(of: $1, in: year) }
  }

  /// The day of the week, 0 for Sunday.
  private var weekday: Int {
    let earlier = year - 1
    return (earlier * 365 + earlier / 4 - earlier / 100 + earlier / 400 + dayOfYear) % 7
  }

  /// The date in a format of C's `strftime`, in English.
  /// - Throws: for a directive that needs a time zone or a locale, or is unknown.
  func text(_ format: TemplateText) throws(TemplateError) -> TemplateText {
    var result = TemplateText.empty
    var rest = Array(format.scalars)[...]
    while let place = rest.popFirst() {
      guard place.scalar == "%" else {
        result.append(format[place.range])
        continue
      }
      var directive = rest.popFirst()?.scalar
      let isUnpadded = directive == "-"
      if isUnpadded { directive = rest.popFirst()?.scalar }
      guard let directive, let text = text(directive, isUnpadded: isUnpadded) else {
        throw .evaluation("strftime_now does not cover a directive of its format")
      }
      result.append(literal: text)
    }
    return result
  }

  private func text(_ directive: Unicode.Scalar, isUnpadded: Bool) -> String? {
    func padded(_ value: Int, _ count: Int = 2) -> String {
      let digits = String(value)
      return isUnpadded ? digits : String(repeating: "0", count: max(count - digits.count, 0)) + digits
    }
    let hour12 = time.hour % 12 == 0 ? 12 : time.hour % 12
    return switch directive {
    case "Y": String(year)
    case "y": padded(year % 100)
    case "m": padded(month)
    case "d": padded(day)
    case "e": isUnpadded || day > 9 ? String(day) : " " + String(day)
    case "H": padded(time.hour)
    case "I": padded(hour12)
    case "M": padded(time.minute)
    case "S": padded(time.second)
    case "f": "000000"
    case "p": time.hour < 12 ? "AM" : "PM"
    case "B": Self.monthNames[month - 1]
    case "b", "h": String(Self.monthNames[month - 1].prefix(3))
    case "A": Self.dayNames[weekday]
    case "a": String(Self.dayNames[weekday].prefix(3))
    case "w": String(weekday)
    case "u": String(weekday == 0 ? 7 : weekday)
    case "j": padded(dayOfYear, 3)
    case "F":
      "\(String(repeating: "0", count: 4 - String(year).count))\(year)-\(padded(month))-\(padded(day))"
    case "T": "\(padded(time.hour)):\(padded(time.minute)):\(padded(time.second))"
    case "R": "\(padded(time.hour)):\(padded(time.minute))"
    case "D": "\(padded(month))/\(padded(day))/\(padded(year % 100))"
    case "n": "\n"
    case "t": "\t"
    case "%": "%"
    default: nil
    }
  }
}
