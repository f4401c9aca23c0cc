extension TemplateText {
  /// The offset of the first occurrence of `pattern` within `range`. Linear time, whatever the pattern.
  func firstOffset(of pattern: TemplateText, in range: Range<Int>) -> Int? {
    var search = TextSearch(pattern.utf8)
    return search.next(in: utf8, from: range.lowerBound, to: range.upperBound)
  }

  /// The offset of the last occurrence of `pattern` within `range`. Linear time.
  func lastOffset(of pattern: TemplateText, in range: Range<Int>) -> Int? {
    guard !pattern.isEmpty else { return range.upperBound }
    // The last occurrence is the first one of both texts read backwards.
    var search = TextSearch(pattern.utf8.reversed())
    let backwards = Array(utf8[range].reversed())
    guard let found = search.next(in: backwards, from: 0, to: backwards.count) else { return nil }
    return range.upperBound - found - pattern.byteCount
  }

  /// The offsets of occurrences of a pattern that is not empty, none overlapping another, at most `limit`.
  func offsets(of pattern: TemplateText, limit: Int = .max, in range: Range<Int>? = nil) -> [Int] {
    var search = TextSearch(pattern.utf8)
    let range = range ?? 0..<byteCount
    var (offsets, start) = ([Int](), range.lowerBound)
    while offsets.count < limit, let found = search.next(in: utf8, from: start, to: range.upperBound) {
      offsets.append(found)
      start = found + pattern.byteCount
    }
    return offsets
  }

  /// Whether `pattern` stands at `offset`.
  func hasPattern(_ pattern: TemplateText, at offset: Int) -> Bool {
    offset + pattern.byteCount <= byteCount
      && utf8[offset..<offset + pattern.byteCount].elementsEqual(pattern.utf8)
  }

  /// The bytes that stay when scalars of a kind are taken from the ends.
  func trimmedRange(start: Bool, end: Bool, where isTrimmed: (Unicode.Scalar) -> Bool) -> Range<Int> {
    var (low, high) = (0, byteCount)
    while start, low < high {
      let place = scalar(at: low)
      guard isTrimmed(place.scalar) else { break }
      low = place.range.upperBound
    }
    while end, low < high {
      let place = scalar(before: high)
      guard isTrimmed(place.scalar) else { break }
      high = place.range.lowerBound
    }
    return low..<high
  }

  /// The text with occurrences of `old` replaced, at most `limit` of them. An empty `old` stands between all scalars.
  func replacing(_ old: TemplateText, with new: TemplateText, limit: Int = .max) -> TemplateText {
    var result = TemplateText.empty
    result.isMarkup = isMarkup
    var start = 0
    if old.isEmpty {
      var count = 0
      for place in scalars where count < limit {
        result.append(new)
        result.append(self[place.range])
        (start, count) = (place.range.upperBound, count + 1)
      }
      if start == byteCount, count < limit { result.append(new) }
    } else {
      for found in offsets(of: old, limit: limit) {
        result.append(self[start..<found])
        result.append(new)
        start = found + old.byteCount
      }
    }
    result.append(self[start..<byteCount])
    return result
  }
}

/// The search of Knuth, Morris and Pratt: linear in text and pattern.
private struct TextSearch {
  private let pattern: [UInt8]
  /// The length of the longest border of each prefix; made when the pattern is long enough to need it.
  private var borders: [Int] = []
  /// Up to this length each byte is compared at most as often.
  private static let shortPattern = 8

  init(_ pattern: [UInt8]) {
    self.pattern = pattern
    guard pattern.count > Self.shortPattern else { return }
    borders = [Int](repeating: 0, count: pattern.count)
    var length = 0
    for index in 1..<pattern.count {
      while length > 0, pattern[index] != pattern[length] { length = borders[length - 1] }
      if pattern[index] == pattern[length] { length += 1 }
      borders[index] = length
    }
  }

  mutating func next(in text: [UInt8], from start: Int, to end: Int) -> Int? {
    guard !pattern.isEmpty else { return start <= end ? start : nil }
    guard end - start >= pattern.count else { return nil }
    if borders.isEmpty {
      return (start...end - pattern.count).first { offset in
        text[offset] == pattern[0] && text[offset..<offset + pattern.count].elementsEqual(pattern)
      }
    }
    var length = 0
    for offset in start..<end {
      while length > 0, text[offset] != pattern[length] { length = borders[length - 1] }
      if text[offset] == pattern[length] { length += 1 }
      if length == pattern.count { return offset + 1 - length }
    }
    return nil
  }
}
