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
  /// - Throws: where the bytes are not one JSON text, a number exceeds the range of a double or 4,096 characters, or a
  ///   key stands twice where that is refused.
  package init(
    parsing bytes: [UInt8], repeatedKeys: RepeatedKeys, depthLimit: Int = Self.depthLimit,
    skippingByteOrderMark: Bool = false
  ) throws(JSONSyntaxError) {
    let start = skippingByteOrderMark && JSONByte.startsWithByteOrderMark(bytes[...]) ? 3 : 0
    try JSONValidator.validate(bytes, depthLimit: depthLimit, from: start)
    var walker = JSONWalker(bytes: bytes, position: start)
    walker.skipWhitespace()
    self = try walker.tree(repeatedKeys)
  }
}

extension JSONWalker {
  /// Passes the value at `position` and builds its tree.
  fileprivate mutating func tree(_ repeatedKeys: JSONValue.RepeatedKeys) throws(JSONSyntaxError) -> JSONValue
  {
    switch bytes[position] {
    case UInt8(ascii: "{"): return .object(try members(repeatedKeys))
    case UInt8(ascii: "["):
      var elements: [JSONValue] = []
      enterContainer()
      while !isAtClosingBracket {
        elements.append(try tree(repeatedKeys))
        skipSeparator()
      }
      position += 1
      return .array(elements)
    case UInt8(ascii: "\""): return .string(string())
    case UInt8(ascii: "t"):
      position += 4
      return .bool(true)
    case UInt8(ascii: "f"):
      position += 5
      return .bool(false)
    case UInt8(ascii: "n"):
      position += 4
      return .null
    default: return try number()
    }
  }

  private mutating func members(
    _ repeatedKeys: JSONValue.RepeatedKeys
  ) throws(JSONSyntaxError) -> [JSONMember] {
    var members: [JSONMember] = []
    var seen: Set<[UInt8]> = []
    enterContainer()
    while !isAtClosingBracket {
      let start = position
      let key = string()
      if case .refused = repeatedKeys, !seen.insert(key).inserted {
        throw JSONSyntaxError(
          found: "key \(Excerpt.quoted(key)) twice in one object", expected: "each key once", offset: start)
      }
      skipColon()
      members.append(JSONMember(key: key, value: try tree(repeatedKeys)))
      skipSeparator()
    }
    position += 1
    return members
  }

  private mutating func number() throws(JSONSyntaxError) -> JSONValue {
    let start = position
    skipScalar()
    let lexeme = bytes[start..<position]
    guard lexeme.count <= JSONValue.numberLimit else {
      throw JSONSyntaxError(
        found: "a number of \(lexeme.count) characters", expected: "at most \(JSONValue.numberLimit)",
        offset: start)
    }
    let text = String(decoding: lexeme, as: UTF8.self)
    // Int reads what JSON's grammar has left only where neither point nor exponent stands in it.
    if let integer = Int(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else {
      throw JSONSyntaxError(
        found: "the number \(Excerpt.quoted(lexeme))", expected: "one in the range of a double",
        offset: start)
    }
    return .number(number)
  }
}
