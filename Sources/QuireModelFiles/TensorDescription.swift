public import QuireTensorFormats

/// Where one tensor's numbers lie, and how they are stored. Everything in it has been checked against the file's size.
public struct TensorDescription: Sendable, Equatable {
  /// The name in the file.
  public let name: String
  /// The dimensions, outermost first: `[rows, columns]` for a matrix, in GGUF files too (which list them innermost first).
  /// Each is at least 1 and their product fits in `Int`. Empty for a scalar (safetensors only).
  public let shape: [Int]
  /// How the elements are stored.
  public let format: TensorFormat
  /// The bytes in the file.
  public let byteRange: Range<Int>
  /// Which of the store's files holds it, from 0.
  public let fileIndex: Int

  /// A description; the caller has checked that it fits the file.
  public init(name: String, shape: [Int], format: TensorFormat, byteRange: Range<Int>, fileIndex: Int) {
    self.name = name
    self.shape = shape
    self.format = format
    self.byteRange = byteRange
    self.fileIndex = fileIndex
  }

  /// The product of the dimensions.
  public var elementCount: Int { shape.reduce(1, *) }

  /// The innermost dimension: the elements of one row, 1 for a scalar.
  public var columnCount: Int { shape.last ?? 1 }

  /// The product of all dimensions but the innermost.
  public var rowCount: Int { shape.dropLast().reduce(1, *) }

  /// The bytes of one row.
  public var rowByteCount: Int { byteRange.count / rowCount }
}

/// A tensor that is in the file in a format that Quire cannot compute with; it can be inspected, not used.
public struct UnsupportedTensor: Sendable, Equatable {
  /// The name in the file.
  public let name: String
  /// The dimensions, outermost first.
  public let shape: [Int]
  /// The format as its file type spells it: `Q4_K`, `I64`, `F8_E4M3`.
  public let formatName: String
  /// The bytes that it takes in the file.
  public let byteCount: Int
  /// Which of the store's files holds it, from 0.
  public let fileIndex: Int
}
