/// Text operations by byte or scalar: `String`'s own compare whole grapheme clusters, so that a marker followed
/// by a combining mark, or preceded by a prepended one, would be missed.
extension Collection where Element == UInt8 {
  /// The distance from the start to the first occurrence of `pattern`, or nil.
  ///
  /// Complexity: O(count × pattern count); patterns are short markers.
  func firstOffset(of pattern: some Collection<UInt8>) -> Int? {
    guard let first = pattern.first else { return 0 }
    let patternCount = pattern.count
    var start = startIndex
    var offset = 0
    var remaining = count
    while remaining >= patternCount {
      if self[start] == first && self[start...].starts(with: pattern) { return offset }
      start = index(after: start)
      offset += 1
      remaining -= 1
    }
    return nil
  }
}

extension Unicode.Scalar {
  /// Whether Python's `str.strip`, and with it Jinja's `trim`, removes the scalar.
  ///
  /// Python's set is White_Space and the four information separators U+001C to U+001F.
  var isTrimmedByPython: Bool {
    switch value {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F,
      0x3000:
      true
    default: false
    }
  }
}

extension String {
  /// The text without white space at both ends, as Jinja's `trim` leaves it.
  func trimmedLikeJinja() -> String {
    var view = unicodeScalars[...]
    while let scalar = view.first, scalar.isTrimmedByPython { view.removeFirst() }
    while let scalar = view.last, scalar.isTrimmedByPython { view.removeLast() }
    return String(view)
  }

  /// The text without the stop markers, and white space around them, that stand at its end.
  ///
  /// White space before the last marker removed belongs to the answer and stays.
  func removingTrailingMarkers(_ markers: [String]) -> String {
    var kept = utf8[...]
    scanning: while true {
      var view = Substring(kept).unicodeScalars
      while let scalar = view.last, scalar.isTrimmedByPython { view.removeLast() }
      let candidate = Substring(view).utf8
      for marker in markers where candidate.count >= marker.utf8.count {
        if candidate.suffix(marker.utf8.count).elementsEqual(marker.utf8) {
          kept = candidate.dropLast(marker.utf8.count)
          continue scanning
        }
      }
      return String(Substring(kept))
    }
  }

  /// The text after its last `</think>` and the line feeds that follow it; the whole text without one.
  func removingReasoning() -> String {
    let marker = Array("</think>".utf8)
    let bytes = Array(utf8)
    guard bytes.count >= marker.count else { return self }
    var start = bytes.count - marker.count
    while !bytes[start...].starts(with: marker) {
      guard start > 0 else { return self }
      start -= 1
    }
    start += marker.count
    while start < bytes.count && bytes[start] == UInt8(ascii: "\n") { start += 1 }
    return String(decoding: bytes[start...], as: UTF8.self)
  }
}
