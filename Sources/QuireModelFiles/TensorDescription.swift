package import QuireTensorFormats

/// Where one tensor's numbers lie, and how they are stored. Everything in it has been checked against the file's size.
package struct TensorDescription: Sendable, Equatable {
  /// The name in the file.
  package let name: String
  /// The dimensions, outermost first: `[rows, columns]` for a matrix, in GGUF files too (which list them innermost first).
  /// Each is at least 1 and their product fits in `Int`. Empty for a scalar (safetensors only).
  package let shape: [Int]
  /// How the elements are stored.
  package let format: TensorFormat
  /// The bytes in the file.
  package let byteRange: Range<Int>
  /// Which of the store's files holds it, from 0.
  package let fileIndex: Int

  /// A description; the caller has checked that it fits the file.
  package init(name: String, shape: [Int], format: TensorFormat, byteRange: Range<Int>, fileIndex: Int) {
    self.name = name
    self.shape = shape
    self.format = format
    self.byteRange = byteRange
    self.fileIndex = fileIndex
  }

  /// The product of the dimensions.
  package var elementCount: Int { shape.reduce(1, *) }

  /// The innermost dimension: the elements of one row, 1 for a scalar.
  package var columnCount: Int { shape.last ?? 1 }

  /// The product of all dimensions but the innermost.
  package var rowCount: Int { shape.dropLast().reduce(1, *) }

  /// The bytes of one row.
  package var rowByteCount: Int { byteRange.count / rowCount }
}

/// A tensor that is in the file in a format that Quire cannot compute with: it can be inspected, and integers be read that
/// weights are made of.
package struct UnsupportedTensor: Sendable, Equatable {
  /// The name in the file.
  package let name: String
  /// The dimensions, outermost first.
  package let shape: [Int]
  /// The format as its file type spells it: `Q4_K`, `I64`, `F8_E4M3`.
  package let formatName: String
  /// The bytes in the file.
  package let byteRange: Range<Int>
  /// Which of the store's files holds it, from 0.
  package let fileIndex: Int

  /// The bytes that it takes in the file.
  package var byteCount: Int { byteRange.count }
}
