extension GGUFHeader {
  /// Takes over the keys and values of a file, by the order of keys, `general.architecture` first.
  ///
  /// - Parameter isWanted: false for the keys that are left out.
  /// - Throws: ``ModelFileError`` where the file has shrunk.
  package mutating func copy(
    _ metadata: GGUFMetadata, where isWanted: (String) -> Bool
  ) throws(ModelFileError) {
    let first = "general.architecture"
    let keys = metadata.values.keys.filter { $0 != first }.sorted()
    for key in [first] + keys where isWanted(key) {
      if let value = metadata.values[key] { set(key, try value.copied) }
    }
  }
}

extension GGUFValue {
  /// The value as it stands in its file.
  fileprivate var copied: GGUFHeader.Value {
    get throws(ModelFileError) {
      func number(_ bits: UInt64) -> GGUFHeader.Value {
        let count = type.fixedByteCount ?? 8
        return .copied(type, Swift.withUnsafeBytes(of: bits.littleEndian) { Array($0.prefix(count)) })
      }
      switch self {
      case .unsigned(let value, _): return number(value)
      case .signed(let value, _): return number(UInt64(bitPattern: value))
      case .float(let value, .float32): return .float32(Float(value))
      case .float(let value, _): return number(value.bitPattern)
      case .bool(let flag): return .bool(flag)
      case .string(let text): return .string(text)
      case .array(let array): return .copied(.array, try array.bytes())
      }
    }
  }
}
