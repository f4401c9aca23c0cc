extension JSONView {
  /// One `key: value` of an object.
  package struct Member: Sendable {
    /// The key, decoded.
    package let key: String
    /// The key's bytes as typed, quotes included.
    package let rawKey: ArraySlice<UInt8>
    package let value: JSONView
  }

  /// Keys of one object that are read; a line of 64 MiB must not become millions of strings.
  static let memberLimit = 65_536

  /// The members of an object in their order; throws for a key that stands twice (compared after decoding) and for
  /// more than ``memberLimit`` keys. Precondition: the value is an object.
  func members() throws(LineError) -> [Member] {
    precondition(kind == .object, "members() of \(kind.rawValue)")
    var members: [Member] = []
    // By bytes: two spellings of one accented letter are two keys in JSON, and one String in Swift.
    var seen: Set<[UInt8]> = []
    var position = skippingWhitespace(from: range.lowerBound + 1)
    while bytes[position] != UInt8(ascii: "}") {
      if members.count == Self.memberLimit {
        throw LineError(.invalidValue, "an object with more than \(Self.memberLimit) keys")
      }
      let keyRange = position..<endOfValue(at: position)
      let key = JSONView(bytes: bytes, range: keyRange).decodedString
      if !seen.insert(Array(key.utf8)).inserted {
        throw LineError(.duplicateKey, "the key \(quoted(key)) stands twice in one object", param: key)
      }
      position = skippingWhitespace(from: keyRange.upperBound)
      position = skippingWhitespace(from: position + 1)
      let valueRange = position..<endOfValue(at: position)
      members.append(
        Member(key: key, rawKey: bytes[keyRange], value: JSONView(bytes: bytes, range: valueRange)))
      position = afterSeparator(from: valueRange.upperBound)
    }
    return members
  }

  /// Calls `body` with the index and the value of each element of an array, in order.
  /// Precondition: the value is an array.
  func forEachElement(_ body: (Int, JSONView) throws(LineError) -> Void) throws(LineError) {
    precondition(kind == .array, "elements of \(kind.rawValue)")
    var position = skippingWhitespace(from: range.lowerBound + 1)
    var index = 0
    while bytes[position] != UInt8(ascii: "]") {
      let element = position..<endOfValue(at: position)
      try body(index, JSONView(bytes: bytes, range: element))
      index += 1
      position = afterSeparator(from: element.upperBound)
    }
  }

  /// Whether an array or object has nothing in it.
  var isEmptyContainer: Bool {
    let next = bytes[skippingWhitespace(from: range.lowerBound + 1)]
    return next == UInt8(ascii: "]") || next == UInt8(ascii: "}")
  }

  private func skippingWhitespace(from start: Int) -> Int {
    var position = start
    while Self.isWhitespace(bytes[position]) { position += 1 }
    return position
  }

  private func afterSeparator(from start: Int) -> Int {
    let position = skippingWhitespace(from: start)
    return bytes[position] == UInt8(ascii: ",") ? skippingWhitespace(from: position + 1) : position
  }

  /// The end of the valid value that starts at `start`.
  private func endOfValue(at start: Int) -> Int {
    var position = start
    switch bytes[start] {
    case UInt8(ascii: "\""):
      return endOfString(at: start)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      var depth = 0
      repeat {
        switch bytes[position] {
        case UInt8(ascii: "\""):
          position = endOfString(at: position)
          continue
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        default: break
        }
        position += 1
      } while depth > 0
      return position
    default:
      while position < range.upperBound, !Self.endsScalar(bytes[position]) { position += 1 }
      return position
    }
  }

  private func endOfString(at start: Int) -> Int {
    var position = start + 1
    while bytes[position] != UInt8(ascii: "\"") {
      position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    return position + 1
  }

  private static func endsScalar(_ byte: UInt8) -> Bool {
    isWhitespace(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}")
  }
}
