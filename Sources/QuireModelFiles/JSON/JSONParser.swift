/// A strict JSON parser (RFC 8259) for files of strangers: the depth is bounded, a key that stands twice is refused, and
/// memory grows with the bytes read.
package struct JSONParser {
  private let bytes: UnsafeBufferPointer<UInt8>
  private let path: String
  private let subject: String?
  private var offset = 0

  /// Deeper nesting than any configuration has.
  package static let deepestNesting = 64

  /// The value of a whole text.
  ///
  /// - Parameters:
  ///   - path: the file, for messages.
  ///   - subject: the part of the file, for messages.
  /// - Throws: ``ModelFileError`` that names the byte where the text is no JSON, or bytes follow the value.
  package static func parse(
    _ bytes: UnsafeRawBufferPointer, path: String, subject: String? = nil
  ) throws(ModelFileError) -> JSONValue {
    var parser = JSONParser(bytes: bytes.bindMemory(to: UInt8.self), path: path, subject: subject)
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.offset == bytes.count else { throw parser.error("more text after the JSON value") }
    return value
  }

  private init(bytes: UnsafeBufferPointer<UInt8>, path: String, subject: String?) {
    self.bytes = bytes
    self.path = path
    self.subject = subject
  }

  private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    offset += 1
    return true
  }

  private mutating func value(depth: Int) throws(ModelFileError) -> JSONValue {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth + 1)
    case UInt8(ascii: "["): return try array(depth: depth + 1)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), (UInt8(ascii: "0")...UInt8(ascii: "9"))?: return try number()
    default: throw error("no JSON value")
    }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(ModelFileError) -> JSONValue {
    for byte in word.utf8 {
      guard take(byte) else { throw error("no JSON value") }
    }
    return value
  }

  private mutating func object(depth: Int) throws(ModelFileError) -> JSONValue {
    guard depth <= Self.deepestNesting else { throw error("nesting deeper than \(Self.deepestNesting)") }
    offset += 1
    var members: [String: JSONValue] = [:]
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object(members) }
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw error("no key") }
      let key = try string()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw error("no colon after key " + printable(key)) }
      let member = try value(depth: depth)
      guard members.updateValue(member, forKey: key) == nil else {
        throw error("key " + printable(key) + " twice in one object")
      }
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw error("an object without its end") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws(ModelFileError) -> JSONValue {
    guard depth <= Self.deepestNesting else { throw error("nesting deeper than \(Self.deepestNesting)") }
    offset += 1
    var elements: [JSONValue] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return .array(elements) }
    repeat {
      elements.append(try value(depth: depth))
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw error("an array without its end") }
    return .array(elements)
  }

  private mutating func digits() throws(ModelFileError) {
    let start = offset
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
    guard offset > start else { throw error("a number without digits") }
  }

  private mutating func number() throws(ModelFileError) -> JSONValue {
    let start = offset
    var isInteger = true
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try digits() }
    if take(UInt8(ascii: ".")) {
      isInteger = false
      try digits()
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      isInteger = false
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
    guard offset - start <= 4096 else { throw error("a number of \(offset - start) characters") }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    if isInteger, let integer = Int(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else { throw error("a number out of range: \(text)") }
    return .number(number)
  }

  private mutating func string() throws(ModelFileError) -> String {
    offset += 1
    let start = offset
    while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
      offset += 1
    }
    if next == UInt8(ascii: "\"") {
      let text = try validated(bytes[start..<offset])
      offset += 1
      return text
    }
    var unescaped = [UInt8](bytes[start..<offset])
    while let byte = next, byte >= 0x20 {
      offset += 1
      switch byte {
      case UInt8(ascii: "\""): return try validated(unescaped[...])
      case UInt8(ascii: "\\"): unescaped.append(contentsOf: try escape())
      default: unescaped.append(byte)
      }
    }
    throw error(next == nil ? "a string without its end" : "a control character in a string")
  }

  private func validated(_ utf8: some Collection<UInt8>) throws(ModelFileError) -> String {
    guard let text = String(validating: utf8, as: UTF8.self) else {
      throw error("a string that is not valid UTF-8")
    }
    return text
  }

  private mutating func escape() throws(ModelFileError) -> [UInt8] {
    guard let byte = next else { throw error("a string without its end") }
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"):
      var code = try codeUnit()
      if (0xD800..<0xDC00).contains(code) {
        guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw error("half a surrogate pair") }
        let low = try codeUnit()
        guard (0xDC00..<0xE000).contains(low) else { throw error("half a surrogate pair") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw error("half a surrogate pair") }
      return [UInt8](String(Character(scalar)).utf8)
    default: throw error("an unknown escape in a string")
    }
  }

  private mutating func codeUnit() throws(ModelFileError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("an escape without four hexadecimal digits")
      }
      code = code << 4 | UInt32(digit)
      offset += 1
    }
    return code
  }

  private func error(_ found: String) -> ModelFileError {
    ModelFileError(
      path: path, subject: subject, found: "\(found) at byte \(offset)", expected: "valid JSON")
  }
}
