/// The metadata of a GGUF file, with getters that check type and range and name the key in their errors. It keeps a record
/// of the keys that were asked for.
package struct GGUFMetadata: Sendable {
  /// The file, for messages.
  package let path: String
  /// All values by key.
  package let values: [String: GGUFValue]
  private let readings = KeyReadings()

  /// Values by key.
  package init(path: String, values: [String: GGUFValue]) {
    self.path = path
    self.values = values
  }

  /// The value of a key, nil where it is missing.
  package subscript(key: String) -> GGUFValue? {
    readings.note(key)
    return values[key]
  }

  /// The keys with a prefix that nobody has asked for, and their values, by name.
  package func unread(prefix: String) -> [(name: String, value: GGUFValue)] {
    values.keys.filter { $0.hasPrefix(prefix) && !readings.contains($0) }.sorted().map { ($0, values[$0]!) }
  }

  /// The text of a key, nil where it is missing.
  ///
  /// - Throws: ``ModelFileError`` where the value is no string.
  package func stringIfPresent(_ key: String) throws(ModelFileError) -> String? {
    guard let value = self[key] else { return nil }
    guard case .string(let text) = value else { throw wrong(key, value, "a string") }
    return text
  }

  /// The text of a key.
  ///
  /// - Throws: ``ModelFileError`` where it is missing or no string.
  package func string(_ key: String) throws(ModelFileError) -> String {
    guard let text = try stringIfPresent(key) else { throw missing(key, "a string") }
    return text
  }

  /// The integer of a key, whatever its width, nil where it is missing. An array whose elements are all the same integer
  /// (one a layer) counts as that integer.
  ///
  /// - Throws: ``ModelFileError`` where it is no integer, or outside the range.
  package func integerIfPresent(_ key: String, in range: ClosedRange<Int>) throws(ModelFileError) -> Int? {
    guard let value = self[key] else { return nil }
    let expected = "an integer from \(range.lowerBound) to \(range.upperBound)"
    if case .array(let array) = value {
      let integers = try array.int32s()
      guard let first = integers.first, integers.allSatisfy({ $0 == first }) else {
        throw wrong(key, value, expected + ", the same for every layer")
      }
      guard range.contains(Int(first)) else { throw wrong(key, value, expected) }
      return Int(first)
    }
    guard let integer = value.integer, range.contains(integer) else { throw wrong(key, value, expected) }
    return integer
  }

  /// The integer of a key.
  ///
  /// - Throws: ``ModelFileError`` where it is missing, no integer, or outside the range.
  package func integer(_ key: String, in range: ClosedRange<Int>) throws(ModelFileError) -> Int {
    guard let integer = try integerIfPresent(key, in: range) else {
      throw missing(key, "an integer from \(range.lowerBound) to \(range.upperBound)")
    }
    return integer
  }

  /// The number of a key, nil where it is missing.
  ///
  /// - Throws: ``ModelFileError`` where it is no float or outside the range; NaN is outside every range.
  package func numberIfPresent(_ key: String, in range: ClosedRange<Double>) throws(ModelFileError) -> Double?
  {
    guard let value = self[key] else { return nil }
    guard case .float(let number, _) = value, range.contains(number) else {
      throw wrong(key, value, "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// The truth value of a key, nil where it is missing. Some converters write 0 and 1.
  ///
  /// - Throws: ``ModelFileError`` where the value is no bool, and neither 0 nor 1.
  package func boolIfPresent(_ key: String) throws(ModelFileError) -> Bool? {
    guard let value = self[key] else { return nil }
    switch value {
    case .bool(let flag): return flag
    case .float(let number, _) where number == 0 || number == 1: return number == 1
    default:
      guard let integer = value.integer, integer == 0 || integer == 1 else {
        throw wrong(key, value, "a bool")
      }
      return integer == 1
    }
  }

  /// The array of a key, nil where it is missing.
  ///
  /// - Throws: ``ModelFileError`` where the value is no array.
  package func arrayIfPresent(_ key: String) throws(ModelFileError) -> GGUFArray? {
    guard let value = self[key] else { return nil }
    guard case .array(let array) = value else { throw wrong(key, value, "an array") }
    return array
  }

  /// The error of a value of the wrong type or range.
  package func wrong(_ key: String, _ value: GGUFValue, _ expected: String) -> ModelFileError {
    ModelFileError(path: path, subject: "key " + printable(key), found: value.summary, expected: expected)
  }

  /// The error of a key that is missing.
  package func missing(_ key: String, _ expected: String) -> ModelFileError {
    ModelFileError(path: path, subject: "key " + printable(key), found: "missing", expected: expected)
  }
}
