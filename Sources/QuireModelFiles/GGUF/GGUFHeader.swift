package import QuireTensorFormats

/// The head of a GGUF file in the making, version 3, little endian: keys, values, and where each tensor's bytes go.
package struct GGUFHeader: Sendable {
  /// A metadata value as it is written.
  package enum Value: Sendable, Equatable {
    case uint32(UInt32)
    case float32(Float)
    case bool(Bool)
    case string(String)
    case strings([String])
    case int32s([Int32])
    case float32s([Float])
    case uint8s([UInt8])
    case bools([Bool])
    /// A value of any type, its bytes as they stand in a file of version 2 or 3.
    case copied(GGUFValueType, [UInt8])
  }

  /// A tensor as it is written.
  package struct Tensor: Sendable, Equatable {
    /// The name in the file.
    package let name: String
    /// The dimensions, outermost first.
    package let shape: [Int]
    /// How its elements are stored.
    package let format: TensorFormat
    /// The bytes that it takes.
    package let byteCount: Int
    /// Where it begins behind the head, a multiple of the alignment.
    package let offset: Int
  }

  /// Tensors begin at multiples of this, as readers expect where no key says otherwise.
  package static let alignment = 32

  private var pairs: [(key: String, value: Value)] = []
  private var places: [String: Int] = [:]
  /// The tensors in the order of their bytes.
  package private(set) var tensors: [Tensor] = []
  /// The bytes of all tensors with what lies between them.
  package private(set) var dataByteCount = 0

  /// A head that says nothing.
  package init() {}

  /// Adds a key, or replaces its value.
  package mutating func set(_ key: String, _ value: Value) {
    if let index = places[key] {
      pairs[index].value = value
    } else {
      places[key] = pairs.count
      pairs.append((key, value))
    }
  }

  /// Adds a tensor behind those that there are.
  ///
  /// - Precondition: rows are whole blocks of the format, and their bytes fit in `Int`.
  package mutating func add(_ name: String, shape: [Int], _ format: TensorFormat) {
    let byteCount = format.byteCount(elementCount: shape.reduce(1, *))
    guard let byteCount, (shape.last ?? 1) % format.blockElementCount == 0 else {
      preconditionFailure("\(name) of shape \(shape) is no whole number of \(format.name) blocks")
    }
    tensors.append(
      Tensor(name: name, shape: shape, format: format, byteCount: byteCount, offset: dataByteCount))
    dataByteCount = Self.aligned(dataByteCount + byteCount)
  }

  /// The bytes of the head, padded to where the tensors begin.
  package var bytes: [UInt8] {
    var bytes = Array("GGUF".utf8)
    bytes.append(UInt32(3))
    bytes.append(UInt64(tensors.count))
    bytes.append(UInt64(pairs.count))
    for (key, value) in pairs {
      bytes.append(text: key)
      bytes.append(value)
    }
    for tensor in tensors {
      bytes.append(text: tensor.name)
      bytes.append(UInt32(tensor.shape.count))
      for size in tensor.shape.reversed() { bytes.append(UInt64(size)) }
      guard let type = tensor.format.ggmlType else { preconditionFailure("a format of GGUF files") }
      bytes.append(type)
      bytes.append(UInt64(tensor.offset))
    }
    bytes += Array(repeating: 0, count: Self.aligned(bytes.count) - bytes.count)
    return bytes
  }

  private static func aligned(_ byteCount: Int) -> Int { (byteCount + alignment - 1) / alignment * alignment }
}

extension [UInt8] {
  fileprivate mutating func append<T: FixedWidthInteger>(_ value: T) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }

  fileprivate mutating func append(text: String) {
    append(UInt64(text.utf8.count))
    append(contentsOf: text.utf8)
  }

  fileprivate mutating func append(_ value: GGUFHeader.Value) {
    func type(_ type: GGUFValueType) { append(type.rawValue) }
    func array(_ element: GGUFValueType, _ count: Int) {
      append(GGUFValueType.array.rawValue)
      append(element.rawValue)
      append(UInt64(count))
    }
    switch value {
    case .uint32(let number):
      type(.uint32)
      append(number)
    case .float32(let number):
      type(.float32)
      append(number.bitPattern)
    case .bool(let flag):
      type(.bool)
      append(UInt8(flag ? 1 : 0))
    case .string(let text):
      type(.string)
      append(text: text)
    case .strings(let texts):
      array(.string, texts.count)
      for text in texts { append(text: text) }
    case .int32s(let numbers):
      array(.int32, numbers.count)
      for number in numbers { append(number) }
    case .float32s(let numbers):
      array(.float32, numbers.count)
      for number in numbers { append(number.bitPattern) }
    case .bools(let flags):
      array(.bool, flags.count)
      for flag in flags { append(UInt8(flag ? 1 : 0)) }
    case .uint8s(let bytes):
      array(.uint8, bytes.count)
      append(contentsOf: bytes)
    case .copied(let kind, let bytes):
      type(kind)
      append(contentsOf: bytes)
    }
  }
}
