extension JSONValue {
  /// Nested arrays and objects allowed unless the caller says otherwise; files of models need fewer than ten.
  package static let depthLimit = 64
  /// Characters of one number; more have no meaning for a double and cost time.
  static let numberLimit = 4096

  /// What becomes of a key that stands twice in one object.
  package enum RepeatedKeys: Sendable {
    /// A key that stands twice is an error.
    case refused
    /// Both members are kept, for a caller that looks at each.
    case kept
  }

  /// The value of a whole text. Linear time, memory for each byte bounded by a small multiple.
  ///
  /// - Parameters:
  ///   - depthLimit: arrays and objects that may stand in one another.
  ///   - skippingByteOrderMark: whether the text may begin with one.
  ///   - keepsWideIntegers: whether integers beyond `Int` keep their digits, rather than to become the nearest double.
  ///   - allowsNonFiniteNumbers: whether `NaN`, `Infinity` and `-Infinity` are numbers, and those beyond the range of a
  ///     double infinite: as Python reads and writes them.
  /// - Throws: where the bytes are not one JSON text, a number exceeds the range of a double or 4,096 characters, or a
  ///   key stands twice where that is refused.
  package init(
    parsing bytes: [UInt8], repeatedKeys: RepeatedKeys, depthLimit: Int = Self.depthLimit,
    skippingByteOrderMark: Bool = false, keepsWideIntegers: Bool = false, allowsNonFiniteNumbers: Bool = false
  ) throws(JSONSyntaxError) {
    let start = skippingByteOrderMark && JSONByte.startsWithByteOrderMark(bytes[...]) ? 3 : 0
    try JSONValidator.validate(
      bytes, depthLimit: depthLimit, from: start, allowsNonFiniteNumbers: allowsNonFiniteNumbers)
    var reader = TreeReader(
      walker: JSONWalker(bytes: bytes, position: start), repeatedKeys: repeatedKeys,
      keepsWideIntegers: keepsWideIntegers, allowsNonFiniteNumbers: allowsNonFiniteNumbers)
    reader.walker.skipWhitespace()
    self = try reader.tree()
  }
}

/// Builds the tree of validated JSON.
private struct TreeReader {
  var walker: JSONWalker
  let repeatedKeys: JSONValue.RepeatedKeys
  let keepsWideIntegers: Bool
  let allowsNonFiniteNumbers: Bool

  /// Passes the value at the walker's position and builds its tree.
  mutating func tree() throws(JSONSyntaxError) -> JSONValue {
    switch walker.bytes[walker.position] {
    case UInt8(ascii: "{"): return .object(try members())
    case UInt8(ascii: "["):
      var elements: [JSONValue] = []
      walker.enterContainer()
      while !walker.isAtClosingBracket {
        elements.append(try tree())
        walker.skipSeparator()
      }
      walker.position += 1
      return .array(elements)
    case UInt8(ascii: "\""): return .string(Array(walker.string()))
    case UInt8(ascii: "t"):
      walker.position += 4
      return .bool(true)
    case UInt8(ascii: "f"):
      walker.position += 5
      return .bool(false)
    case UInt8(ascii: "n"):
      walker.position += 4
      return .null
    default: return try number()
    }
  }

  private mutating func members() throws(JSONSyntaxError) -> [JSONMember] {
    var members: [JSONMember] = []
    var seen: Set<[UInt8]> = []
    walker.enterContainer()
    while !walker.isAtClosingBracket {
      let start = walker.position
      let key = Array(walker.string())
      if case .refused = repeatedKeys, !seen.insert(key).inserted {
        throw JSONSyntaxError(
          found: "key \(Excerpt.quoted(key)) twice in one object", expected: "each key once", offset: start)
      }
      walker.skipColon()
      members.append(JSONMember(key: key, value: try tree()))
      walker.skipSeparator()
    }
    walker.position += 1
    return members
  }

  private mutating func number() throws(JSONSyntaxError) -> JSONValue {
    let start = walker.position
    walker.skipScalar()
    let lexeme = walker.bytes[start..<walker.position]
    guard lexeme.count <= JSONValue.numberLimit else {
      throw JSONSyntaxError(
        found: "a number of \(lexeme.count) characters", expected: "at most \(JSONValue.numberLimit)",
        offset: start)
    }
    let text = String(decoding: lexeme, as: UTF8.self)
    // Int reads what JSON's grammar has left only where neither point nor exponent stands in it.
    if let integer = Int(text) { return .integer(integer) }
    if keepsWideIntegers, lexeme.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }) {
      return .wideInteger(text)
    }
    // Double reads Python's three words too.
    guard let number = Double(text), number.isFinite || allowsNonFiniteNumbers else {
      throw JSONSyntaxError(
        found: "the number \(Excerpt.quoted(lexeme))", expected: "one in the range of a double",
        offset: start)
    }
    return .number(number)
  }
}
