import QuirePlatform
import QuireTensorFormats

/// Reads the head of a GGUF file: magic, version, counts, metadata, tensor list.
struct GGUFParser {
  let file: MappedFile
  /// The number of the file among the model's, for its tensors.
  let fileIndex: Int
  private(set) var version = 0
  private(set) var values: [String: GGUFValue] = [:]
  var tensors: [String: TensorDescription] = [:]
  var unsupportedTensors: [String: UnsupportedTensor] = [:]
  var tensorNames: [String] = []

  /// More keys than any model has; a larger count is refused before it is read.
  static let largestKeyCount = 65_536
  /// More tensors than any model has.
  static let largestTensorCount = 262_144
  /// A key: length, one character, type, one byte.
  static let smallestKeyByteCount = 14
  /// A tensor: length, one character, dimension count, one dimension, type, offset.
  static let smallestTensorByteCount = 33
  /// The specification's bound on the length of a tensor's name is 64; ggml grew past it, so that ours is wider.
  static let longestNameByteCount = 256
  /// The specification's bound on the length of a key.
  static let longestKeyByteCount = 65_535

  init(file: MappedFile, fileIndex: Int) {
    self.file = file
    self.fileIndex = fileIndex
  }

  mutating func parse(_ bytes: UnsafeRawBufferPointer) throws(ModelFileError) {
    var reader = GGUFReader(bytes: bytes, path: file.path)
    try parseVersion(&reader)
    let tensorCount = try count(
      &reader, "the tensor count", smallestByteCount: Self.smallestTensorByteCount,
      most: Self.largestTensorCount)
    let keyCount = try count(
      &reader, "the metadata key count", smallestByteCount: Self.smallestKeyByteCount,
      most: Self.largestKeyCount)
    for index in 0..<keyCount { try parseKey(&reader, index: index) }
    try parseTensors(&reader, count: tensorCount, alignment: try alignment())
  }

  private mutating func parseVersion(_ reader: inout GGUFReader) throws(ModelFileError) {
    if let signature = FileSignature(reader.bytes), !reader.bytes.starts(with: "GGUF".utf8) {
      throw ModelFileError(path: file.path, signature, expected: "a GGUF file")
    }
    let magic = try reader.integer(UInt32.self, "the magic number")
    guard magic == 0x4655_4747 else {
      throw error(
        "the magic number", found: "0x" + String(magic, radix: 16), expected: "\"GGUF\"",
        remedy: "this is no GGUF file")
    }
    let number = try reader.integer(UInt32.self, "the version")
    switch number {
    case 2, 3: version = Int(number)
    case 1:
      throw error(
        "the version", found: "GGUF version 1", expected: "version 2 or 3",
        remedy: "convert the model again with a current llama.cpp")
    case _ where number.byteSwapped <= 16 && number != 0:
      throw error(
        "the version", found: "a big-endian GGUF file (version \(number.byteSwapped))",
        expected: "little endian", remedy: "convert the model again without --bigendian")
    default: throw error("the version", found: "GGUF version \(number)", expected: "version 2 or 3")
    }
  }

  /// A 64-bit count of things of a least size, no more than the rest of the file can hold.
  private func count(
    _ reader: inout GGUFReader, _ subject: @autoclosure () -> String, smallestByteCount: Int, most: Int
  ) throws(ModelFileError) -> Int {
    let count = try reader.integer(UInt64.self, subject())
    let bound = min(most, reader.remaining / smallestByteCount)
    guard count <= UInt64(bound) else {
      throw error(subject(), found: "\(count)", expected: "at most \(bound) in the bytes that remain")
    }
    return Int(count)
  }

  private mutating func parseKey(_ reader: inout GGUFReader, index: Int) throws(ModelFileError) {
    let key = try reader.string("metadata key \(index)", allowsNUL: false)
    guard (1...Self.longestKeyByteCount).contains(key.utf8.count) else {
      throw error(
        "metadata key \(index)", found: "a name of \(key.utf8.count) bytes",
        expected: "1 to \(Self.longestKeyByteCount)")
    }
    // A closure: the name is spelled out for errors only.
    let subject = { "key " + printable(key) }
    let type = try reader.valueType(subject())
    let value: GGUFValue
    if type == .array {
      value = .array(try parseArray(&reader, key: key, subject: subject))
    } else {
      value = try reader.scalar(type, subject())
    }
    guard values.updateValue(value, forKey: key) == nil else {
      throw error(subject(), found: "there twice", expected: "once")
    }
  }

  private func parseArray(
    _ reader: inout GGUFReader, key: String, subject: () -> String
  ) throws(ModelFileError)
    -> GGUFArray
  {
    let type = try reader.valueType(subject())
    guard type != .array else {
      throw error(subject(), found: "an array of arrays", expected: "an array of scalars or strings")
    }
    let count = try count(
      &reader, subject() + ", its element count", smallestByteCount: type.smallestByteCount, most: Int.max)
    let start = reader.offset
    if let size = type.fixedByteCount {
      // No overflow: the count has been compared with the remaining bytes over the size.
      reader.offset += count * size
    } else {
      for _ in 0..<count { _ = try reader.stringRange(subject()) }
    }
    return GGUFArray(elementType: type, count: count, key: key, byteRange: start..<reader.offset, file: file)
  }

  /// `general.alignment`: tensors begin at multiples of it, 32 where it is absent.
  private func alignment() throws(ModelFileError) -> Int {
    guard let value = values["general.alignment"] else { return 32 }
    guard case .unsigned(let number, .uint32) = value, number.nonzeroBitCount == 1,
      (8...1 << 20).contains(number)
    else {
      throw error(
        "key general.alignment", found: value.summary,
        expected: "uint32, a power of two from 8 to 1048576")
    }
    return Int(number)
  }

  func error(
    _ subject: String, found: String, expected: String? = nil, remedy: String? = nil
  )
    -> ModelFileError
  {
    ModelFileError(path: file.path, subject: subject, found: found, expected: expected, remedy: remedy)
  }
}
