#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
// Beside the server's libraries, the C library's structures are found in this module, too.
#if canImport(CDispatch)
  import CDispatch
#endif

/// When a run is to end: after a while, or at a time of the clock.
struct EndTime: Equatable {
  /// Seconds since 1970.
  let seconds: Double

  /// The time that a text means, as `90s`, `1h30m`, `18:30` (the next time that the clock says so) or `2026-11-27T06:00`; nil
  /// for any other text.
  ///
  /// - Parameter now: in seconds since 1970.
  init?(text: String, now: Double) {
    guard let seconds = Self.moment(text, now) ?? Self.length(text).map({ now + $0 }) else { return nil }
    self.seconds = seconds
  }

  /// Seconds since 1970, as the system's clock has them.
  static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Seconds of a length of time: numbers that each have a unit, the greater units first.
  private static func length(_ text: String) -> Double? {
    let units: [(Character, Double)] = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)]
    var rest = Substring(text)
    var (total, lastUnit) = (0.0, -1)
    while !rest.isEmpty {
      let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest[number.endIndex...]
      guard let value = Double(number), number.first != ".", number.last != ".", let letter = rest.popFirst(),
        let unit = units.firstIndex(where: { $0.0 == letter }), unit > lastUnit
      else { return nil }
      lastUnit = unit
      total += value * units[unit].1
    }
    return lastUnit >= 0 && total < 1e9 ? total : nil
  }

  private static func moment(_ text: String, _ now: Double) -> Double? {
    let parts = text.split(separator: "T", omittingEmptySubsequences: false)
    guard parts.count <= 2, let clock = parts.last.flatMap({ numbers($0, ":", [2, 2, 2], atLeast: 2) }),
      clock[0] < 24, clock[1] < 60, clock.count < 3 || clock[2] < 60
    else { return nil }
    var seconds = time_t(now)
    var local = tm()
    localtime_r(&seconds, &local)
    if parts.count == 2 {
      guard let date = numbers(parts[0], "-", [4, 2, 2], atLeast: 3), 1...12 ~= date[1], 1...31 ~= date[2]
      else { return nil }
      (local.tm_year, local.tm_mon, local.tm_mday) = (date[0] - 1900, date[1] - 1, date[2])
    }
    (local.tm_hour, local.tm_min, local.tm_sec) = (clock[0], clock[1], clock.count > 2 ? clock[2] : 0)
    // The clock may have been set forward or back by an hour until then.
    local.tm_isdst = -1
    let day = local.tm_mday
    var found = mktime(&local)
    // The 31st of a shorter month.
    guard parts.count == 1 || local.tm_mday == day else { return nil }
    if parts.count == 1, Double(found) <= now {
      local.tm_mday += 1
      local.tm_isdst = -1
      found = mktime(&local)
    }
    return Double(found)
  }

  /// The numbers of a text, each of so many digits at most.
  private static func numbers(
    _ text: Substring, _ separator: Character, _ digitCounts: [Int], atLeast fewest: Int
  ) -> [Int32]? {
    let parts = text.split(separator: separator, omittingEmptySubsequences: false)
    guard fewest...digitCounts.count ~= parts.count else { return nil }
    var numbers: [Int32] = []
    for (part, digitCount) in zip(parts, digitCounts) {
      guard 1...digitCount ~= part.count, part.allSatisfy({ $0.isASCII && $0.isNumber }),
        let number = Int32(part)
      else { return nil }
      numbers.append(number)
    }
    return numbers
  }
}
