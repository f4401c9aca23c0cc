package import QuireJSON
import QuirePlatform

/// A JSON object out of a file, with getters that check type and range and name the key in their errors.
/// A key whose value is null counts as missing. The document keeps a record of the keys that were asked for.
package struct JSONDocument: Sendable {
  /// The file, for messages.
  package let path: String
  /// The members in their order.
  package let members: [JSONMember]
  private let prefix: String
  private let readings: KeyReadings

  /// A document of members at hand.
  package init(path: String, members: [JSONMember]) {
    self.init(path: path, members: members, prefix: "", readings: KeyReadings())
  }

  /// - Parameter prefix: stands before every key in messages (`rope_scaling.`).
  private init(path: String, members: [JSONMember], prefix: String, readings: KeyReadings) {
    self.path = path
    self.members = members
    self.prefix = prefix
    self.readings = readings
  }

  /// Larger than any configuration is; `tokenizer_config.json` of a large vocabulary takes 1 MB or so.
  package static let largestByteCount = 64 << 20

  /// Reads a file that holds one JSON object.
  ///
  /// - Throws: ``ModelFileError`` where the file cannot be read, exceeds 64 MiB or holds anything else.
  package init(path: String) throws(ModelFileError) {
    let members = try Self.withContent(of: path) { (bytes) throws(ModelFileError) in
      try Self.members(bytes, path: path)
    }
    self.init(path: path, members: members)
  }

  /// Reads a file that holds an array of JSON objects.
  ///
  /// - Throws: as ``init(path:)``.
  package static func list(path: String) throws(ModelFileError) -> [JSONDocument] {
    let value = try withContent(of: path) { (bytes) throws(ModelFileError) in
      try parsed(bytes, path: path, expected: "an array of JSON objects")
    }
    guard case .array(let elements) = value else {
      throw ModelFileError(path: path, found: value.summary, expected: "an array of JSON objects")
    }
    var documents: [JSONDocument] = []
    for element in elements {
      guard case .object(let members) = element else {
        throw ModelFileError(path: path, found: element.summary, expected: "an array of JSON objects")
      }
      documents.append(JSONDocument(path: path, members: members))
    }
    return documents
  }

  private static func withContent<Content>(
    of path: String, _ body: (UnsafeRawBufferPointer) throws(ModelFileError) -> Content
  ) throws(ModelFileError) -> Content {
    let file: MappedFile
    do throws(MappedFileError) {
      file = try MappedFile(path: path)
    } catch {
      throw ModelFileError(error)
    }
    guard file.byteCount <= largestByteCount else {
      throw ModelFileError(
        path: path, found: "\(file.byteCount) bytes", expected: "at most \(largestByteCount)")
    }
    return try file.withBytes(0..<file.byteCount, body)
  }

  /// The members of the JSON object that `bytes` are: strict JSON, but for Python's words for numbers that are none
  /// (`NaN`, `Infinity`), which its `json` module writes and no range of a number holds.
  ///
  /// - Parameters:
  ///   - path: the file, for messages.
  ///   - subject: the part of the file, for messages.
  /// - Throws: ``ModelFileError`` that names the byte where `bytes` are no JSON, or a key that stands twice.
  static func members(
    _ bytes: some Collection<UInt8>, path: String, subject: String? = nil
  ) throws(ModelFileError) -> [JSONMember] {
    let value = try parsed(bytes, path: path, subject: subject, expected: "a JSON object")
    guard case .object(let members) = value else {
      throw ModelFileError(path: path, subject: subject, found: value.summary, expected: "a JSON object")
    }
    return members
  }

  private static func parsed(
    _ bytes: some Collection<UInt8>, path: String, subject: String? = nil, expected: String
  ) throws(ModelFileError) -> JSONValue {
    do throws(JSONSyntaxError) {
      return try JSONValue(parsing: Array(bytes), repeatedKeys: .refused, allowsNonFiniteNumbers: true)
    } catch {
      if let signature = FileSignature(bytes) {
        throw ModelFileError(path: path, signature, expected: expected)
      }
      throw ModelFileError(
        path: path, subject: subject, found: "\(error.found) at byte \(error.offset + 1)",
        expected: "valid JSON" + (error.expected.map { ": " + $0 } ?? ""))
    }
  }

  /// The value of a key, nil where it is missing or null.
  package subscript(key: String) -> JSONValue? {
    readings.note(prefix + key)
    guard let value = members[key], value != .null else { return nil }
    return value
  }

  /// Whether the key is there, be its value null.
  package func contains(_ key: String) -> Bool {
    readings.note(prefix + key)
    return members[key] != nil
  }

  /// The members whose keys nobody has asked for, null ones left out; those of objects that were asked for among them,
  /// each under its full name (`rope_scaling.factor`).
  package var unreadMembers: [(name: String, value: JSONValue)] {
    Self.unread(members, prefix: prefix, readings)
  }

  private static func unread(
    _ members: [JSONMember], prefix: String, _ readings: KeyReadings
  ) -> [(name: String, value: JSONValue)] {
    var unread: [(name: String, value: JSONValue)] = []
    for member in members where member.value != .null {
      let name = prefix + member.name
      if !readings.contains(name) {
        unread.append((name, member.value))
      } else if case .object(let inner) = member.value {
        unread += Self.unread(inner, prefix: name + ".", readings)
      }
    }
    return unread
  }

  /// The text of a key, nil where it is missing.
  package func stringIfPresent(_ key: String) throws(ModelFileError) -> String? {
    guard let value = self[key] else { return nil }
    guard let text = value.text else { throw wrong(key, value, "a string") }
    return text
  }

  /// The integer of a key, nil where it is missing.
  package func integerIfPresent(_ key: String, in range: ClosedRange<Int>) throws(ModelFileError) -> Int? {
    guard let value = self[key] else { return nil }
    let expected = "an integer from \(range.lowerBound) to \(range.upperBound)"
    switch value {
    case .integer(let integer) where range.contains(integer): return integer
    case .number(let number):
      guard let integer = Int(exactly: number), range.contains(integer) else {
        throw wrong(key, value, expected)
      }
      return integer
    default: throw wrong(key, value, expected)
    }
  }

  /// The integer of a key.
  package func integer(_ key: String, in range: ClosedRange<Int>) throws(ModelFileError) -> Int {
    guard let integer = try integerIfPresent(key, in: range) else {
      throw missing(key, "an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return integer
  }

  /// The number of a key, nil where it is missing.
  package func numberIfPresent(_ key: String, in range: ClosedRange<Double>) throws(ModelFileError) -> Double?
  {
    guard let value = self[key] else { return nil }
    let number: Double
    switch value {
    case .integer(let integer): number = Double(integer)
    case .number(let found): number = found
    default: throw wrong(key, value, "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    guard range.contains(number) else {
      throw wrong(key, value, "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// The number of a key.
  package func number(_ key: String, in range: ClosedRange<Double>) throws(ModelFileError) -> Double {
    guard let number = try numberIfPresent(key, in: range) else {
      throw missing(key, "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// The truth value of a key, nil where it is missing.
  package func boolIfPresent(_ key: String) throws(ModelFileError) -> Bool? {
    guard let value = self[key] else { return nil }
    guard case .bool(let flag) = value else { throw wrong(key, value, "true or false") }
    return flag
  }

  /// The object of a key, nil where it is missing.
  package func objectIfPresent(_ key: String) throws(ModelFileError) -> JSONDocument? {
    guard let value = self[key] else { return nil }
    guard case .object(let members) = value else { throw wrong(key, value, "an object") }
    return JSONDocument(path: path, members: members, prefix: prefix + key + ".", readings: readings)
  }

  /// The strings of an array, nil where the key is missing.
  package func stringsIfPresent(_ key: String) throws(ModelFileError) -> [String]? {
    guard let value = self[key] else { return nil }
    guard case .array(let elements) = value else { throw wrong(key, value, "an array of strings") }
    var strings: [String] = []
    for element in elements {
      guard let text = element.text else { throw wrong(key, element, "an array of strings") }
      strings.append(text)
    }
    return strings
  }

  /// The numbers of an array.
  ///
  /// - Parameter count: how many there must be.
  package func numbers(
    _ key: String, count: Int, in range: ClosedRange<Double>
  ) throws(ModelFileError) -> [Double] {
    let expected = "an array of \(count) numbers from \(range.lowerBound) to \(range.upperBound)"
    guard let value = self[key] else { throw missing(key, expected) }
    guard case .array(let elements) = value, elements.count == count else {
      throw wrong(key, value, expected)
    }
    var numbers: [Double] = []
    for element in elements {
      let number: Double? =
        switch element {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        default: nil
        }
      guard let number, range.contains(number) else { throw wrong(key, element, expected) }
      numbers.append(number)
    }
    return numbers
  }

  /// The error of a value of the wrong type or range.
  @inline(never)
  package func wrong(
    _ key: String, _ value: JSONValue, _ expected: String, remedy: String? = nil
  )
    -> ModelFileError
  {
    ModelFileError(
      path: path, subject: "key " + printable(prefix + key), found: value.summary, expected: expected,
      remedy: remedy)
  }

  /// The error of a key that is missing.
  package func missing(_ key: String, _ expected: String) -> ModelFileError {
    ModelFileError(
      path: path, subject: "key " + printable(prefix + key), found: "missing", expected: expected)
  }
}
