import QuireKernelBodies

/// A matmul's activations in each format that its weights want, one after the other in memory of a pool.
struct Arrangements {
  /// Columns of a token.
  let columnCount: Int
  /// A bit for each format, by its raw value.
  private let formats: UInt8

  /// Activations of `columnCount` columns in each of `formats`.
  init(columnCount: Int, formats: [ActivationFormat]) {
    self.columnCount = columnCount
    self.formats = formats.reduce(0) { $0 | 1 << $1.rawValue }
  }

  /// Whether bytes are all that is wanted.
  var isBytesAlone: Bool { formats == 1 << ActivationFormat.bytes.rawValue }

  /// The arrangement in `format`.
  func tiles(_ format: ActivationFormat) -> ActivationTiles {
    ActivationTiles(columnCount: columnCount, format: format)
  }

  /// Where the arrangement in `format` begins, in bytes.
  func offset(of format: ActivationFormat, tokenCount: Int) -> Int {
    var offset = 0
    forEach {
      if $0.format.rawValue < format.rawValue { offset += $0.paddedByteCount(tokenCount: tokenCount) }
    }
    return offset
  }

  /// Bytes of all arrangements of `tokenCount` tokens.
  func byteCount(tokenCount: Int) -> Int {
    var count = 0
    forEach { count += $0.paddedByteCount(tokenCount: tokenCount) }
    return count
  }

  /// Calls `body` with each arrangement, in their order in memory.
  func forEach(_ body: (ActivationTiles) -> Void) {
    if formats & 1 << ActivationFormat.bytes.rawValue != 0 { body(tiles(.bytes)) }
    if formats & 1 << ActivationFormat.singles.rawValue != 0 { body(tiles(.singles)) }
    if formats & 1 << ActivationFormat.bfloats.rawValue != 0 { body(tiles(.bfloats)) }
  }
}
