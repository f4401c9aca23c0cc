import QuireKernelBodies

/// A matmul's activations in each format that its weights want, one after the other in memory of a pool.
struct Arrangements {
  /// Columns of a token.
  let columnCount: Int
  /// A bit for each format, by its raw value.
  private let formats: UInt8
  /// Bytes are wanted in each of these orders of columns besides; hardly ever one.
  private let orders: [ColumnOrder]

  /// Activations of `columnCount` columns in each of `formats`, and as bytes in each of `orders`.
  init(columnCount: Int, formats: [ActivationFormat], orders: [ColumnOrder] = []) {
    self.columnCount = columnCount
    self.formats = formats.reduce(0) { $0 | 1 << $1.rawValue }
    self.orders = orders
  }

  /// Whether bytes in the columns' own order are all that is wanted.
  var isBytesAlone: Bool { formats == 1 << ActivationFormat.bytes.rawValue && orders.isEmpty }

  /// The arrangement in `format` and in an order of columns.
  func tiles(_ format: ActivationFormat, _ order: ColumnOrder? = nil) -> ActivationTiles {
    ActivationTiles(columnCount: columnCount, format: format, order: order)
  }

  /// Where an arrangement begins, in bytes.
  func offset(of tiles: ActivationTiles, tokenCount: Int) -> Int {
    var offset = 0
    for format in [ActivationFormat.bytes, .singles, .bfloats] where contains(format) {
      guard tiles.order != nil || format.rawValue < tiles.format.rawValue else { return offset }
      offset += self.tiles(format).paddedByteCount(tokenCount: tokenCount)
    }
    for order in orders where tiles.order != nil {
      if order === tiles.order { return offset }
      offset += self.tiles(.bytes).paddedByteCount(tokenCount: tokenCount)
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
    if contains(.bytes) { body(tiles(.bytes)) }
    if contains(.singles) { body(tiles(.singles)) }
    if contains(.bfloats) { body(tiles(.bfloats)) }
    for order in orders { body(tiles(.bytes, order)) }
  }

  private func contains(_ format: ActivationFormat) -> Bool { formats & 1 << format.rawValue != 0 }
}
