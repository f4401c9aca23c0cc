import QuirePlatform

/// An array in a GGUF file's metadata. Its extent has been checked; its elements are read when asked for.
package struct GGUFArray: Sendable {
  /// The type of every element, never `array`.
  package let elementType: GGUFValueType
  /// The number of elements.
  package let count: Int

  let key: String
  let byteRange: Range<Int>
  let file: MappedFile

  /// The elements as texts. Time and memory grow with the array's bytes.
  ///
  /// - Throws: ``ModelFileError`` where the elements are no strings, or one is not valid UTF-8, or the file has shrunk.
  package func strings() throws(ModelFileError) -> [String] {
    guard elementType == .string else { throw wrongType("string") }
    return try read { (reader) throws(ModelFileError) in
      var strings: [String] = []
      strings.reserveCapacity(count)
      for index in 0..<count {
        strings.append(try reader.string("key \(printable(key)), element \(index)", allowsNUL: true))
      }
      return strings
    }
  }

  /// The elements as 32-bit integers.
  ///
  /// - Throws: ``ModelFileError`` where the elements are no integers, or one exceeds 32 bits, or the file has shrunk.
  package func int32s() throws(ModelFileError) -> [Int32] {
    switch elementType {
    case .uint8, .int8, .uint16, .int16, .uint32, .int32, .uint64, .int64: break
    default: throw wrongType("int32")
    }
    return try read { (reader) throws(ModelFileError) in
      var integers: [Int32] = []
      integers.reserveCapacity(count)
      for index in 0..<count {
        let value = try reader.scalar(elementType, "key \(key)")
        guard let integer = value.integer, let narrow = Int32(exactly: integer) else {
          throw ModelFileError(
            path: file.path, subject: "key \(printable(key)), element \(index)", found: value.summary,
            expected: "an integer of 32 bits")
        }
        integers.append(narrow)
      }
      return integers
    }
  }

  /// The elements as truth values; integers count as whether they are not 0.
  ///
  /// - Throws: ``ModelFileError`` where the elements are neither bools nor integers, or the file has shrunk.
  package func bools() throws(ModelFileError) -> [Bool] {
    guard elementType == .bool else { return try int32s().map { $0 != 0 } }
    return try read { (reader) throws(ModelFileError) in
      var bools: [Bool] = []
      for _ in 0..<count {
        guard case .bool(let flag) = try reader.scalar(.bool, "key \(key)") else { throw wrongType("bool") }
        bools.append(flag)
      }
      return bools
    }
  }

  /// The elements as single-precision numbers.
  ///
  /// - Throws: ``ModelFileError`` where the elements are no floats of whatever width, or one is infinite or NaN, or the file has shrunk.
  package func floats() throws(ModelFileError) -> [Float] {
    guard elementType == .float32 || elementType == .float64, let numbers = try numbers() else {
      throw wrongType("float32")
    }
    let floats = numbers.map { Float($0) }
    if let index = floats.firstIndex(where: { !$0.isFinite }) {
      throw ModelFileError(
        path: file.path, subject: "key \(printable(key)), element \(index)", found: "\(numbers[index])",
        expected: "a finite number")
    }
    return floats
  }

  /// The elements as double-precision numbers, truth values as 0 and 1; nil where they are texts.
  ///
  /// - Throws: ``ModelFileError`` where the file has shrunk.
  package func numbers() throws(ModelFileError) -> [Double]? {
    guard elementType != .string else { return nil }
    return try read { (reader) throws(ModelFileError) in
      var numbers: [Double] = []
      numbers.reserveCapacity(count)
      for _ in 0..<count {
        switch try reader.scalar(elementType, "key \(key)") {
        case .unsigned(let value, _): numbers.append(Double(value))
        case .signed(let value, _): numbers.append(Double(value))
        case .float(let value, _): numbers.append(value)
        case .bool(let flag): numbers.append(flag ? 1 : 0)
        case .string, .array: throw wrongType("numbers")
        }
      }
      return numbers
    }
  }

  /// What stands in the file after the type `array`: the elements' type, their count, and they.
  ///
  /// - Throws: ``ModelFileError`` where the file has shrunk.
  func bytes() throws(ModelFileError) -> [UInt8] {
    try read { (reader) throws(ModelFileError) in
      var bytes: [UInt8] = []
      Swift.withUnsafeBytes(of: elementType.rawValue.littleEndian) { bytes.append(contentsOf: $0) }
      Swift.withUnsafeBytes(of: UInt64(count).littleEndian) { bytes.append(contentsOf: $0) }
      return bytes + reader.bytes
    }
  }

  private func wrongType(_ expected: String) -> ModelFileError {
    ModelFileError(
      path: file.path, subject: "key " + printable(key), found: "array of \(count) \(elementType.name)",
      expected: "array of \(expected)")
  }

  private func read<R>(
    _ body: (inout GGUFReader) throws(ModelFileError) -> R
  ) throws(ModelFileError) -> R {
    do throws(MappedFileError) {
      try file.checkNotShrunk()
    } catch {
      throw ModelFileError(error)
    }
    return try file.withBytes(byteRange) { (bytes) throws(ModelFileError) in
      var reader = GGUFReader(bytes: bytes, path: file.path)
      return try body(&reader)
    }
  }
}
