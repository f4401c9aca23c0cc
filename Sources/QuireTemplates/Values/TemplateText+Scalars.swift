extension TemplateText {
  /// One scalar of a text and its bytes.
  struct ScalarPlace {
    /// The scalar itself.
    let scalar: Unicode.Scalar
    /// The offsets of its bytes.
    let range: Range<Int>
  }

  /// The number of scalars. Linear time.
  var scalarCount: Int {
    utf8.withUnsafeBufferPointer { bytes in
      var count = 0
      for byte in bytes where byte & 0xC0 != 0x80 { count += 1 }
      return count
    }
  }

  /// The scalars in order, decoded as they are asked for.
  var scalars: some Sequence<ScalarPlace> {
    sequence(state: 0) { (offset: inout Int) -> ScalarPlace? in
      guard offset < utf8.count else { return nil }
      let place = scalar(at: offset)
      offset = place.range.upperBound
      return place
    }
  }

  /// The scalar that begins at `offset`.
  func scalar(at offset: Int) -> ScalarPlace {
    let lead = UInt32(utf8[offset])
    if lead < 0x80 {
      return ScalarPlace(scalar: Unicode.Scalar(UInt8(lead)), range: offset..<offset + 1)
    }
    let count = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    var value = lead & (0x7F >> UInt32(count))
    for next in 1..<count { value = value << 6 | UInt32(utf8[offset + next] & 0x3F) }
    return ScalarPlace(scalar: Unicode.Scalar(value) ?? "\u{FFFD}", range: offset..<offset + count)
  }

  /// The scalar that ends before `offset`.
  func scalar(before offset: Int) -> ScalarPlace {
    var start = offset - 1
    while start > 0, utf8[start] & 0xC0 == 0x80 { start -= 1 }
    return scalar(at: start)
  }

  /// The offset of the scalar of number `index` from 0; the byte count where there are fewer. Linear time.
  func offset(ofScalar index: Int) -> Int {
    var (remaining, offset) = (index, 0)
    while offset < utf8.count, remaining > 0 {
      offset += 1
      while offset < utf8.count, utf8[offset] & 0xC0 == 0x80 { offset += 1 }
      remaining -= 1
    }
    return offset
  }

  /// Scalars before the byte at `offset`.
  func scalarIndex(ofOffset offset: Int) -> Int {
    var count = 0
    for byte in utf8[..<offset] where byte & 0xC0 != 0x80 { count += 1 }
    return count
  }

  /// The text with scalars replaced by what `transform` makes of them, nil where one stays; origins stay with the
  /// scalars.
  @inline(never)
  func mapScalars(_ transform: (ScalarPlace) -> String?) -> TemplateText {
    var result = TemplateText.empty
    result.isMarkup = isMarkup
    var (offset, start) = (0, 0)
    while offset < utf8.count {
      let place = scalar(at: offset)
      offset = place.range.upperBound
      guard let replacement = transform(place) else { continue }
      result.append(self, in: start..<place.range.lowerBound)
      result.append(utf8: replacement.utf8, isLiteral: isLiteral(at: place.range.lowerBound))
      start = offset
    }
    result.append(self, in: start..<offset)
    return result
  }
}

extension Unicode.Scalar {
  /// Whether Python's `str.isspace` holds: white space and separators by the bidirectional class.
  var isPythonSpace: Bool {
    switch value {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F,
      0x3000:
      true
    default: false
    }
  }

  /// Whether Python's `str.splitlines` ends a line here.
  var isPythonLineEnd: Bool {
    switch value {
    case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }
}
