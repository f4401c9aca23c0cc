/// A matrix of unsigned integers as a checkpoint packs them, in memory of the file's.
struct PackedIntegers {
  /// Along which dimension integers share a word of 32 bits, the first in its low bits.
  enum Packing {
    /// Integers of one column, from several rows.
    case rows
    /// Integers of one row, from several columns.
    case columns
    /// Integers of one row, in AWQ's order: columns 0, 2, 4, 6, 1, 3, 5, 7.
    case interleavedColumns
    /// None: each is a signed byte, from which the middle has been taken.
    case bytes
  }

  /// The first word or byte, at any address.
  let base: UnsafeRawPointer
  /// Words or bytes of a row.
  let rowElementCount: Int
  let packing: Packing
  /// 4 or 8.
  let bitCount: Int

  /// Integers of a word.
  var wordCount: Int { 32 / bitCount }

  /// The stored shape of a matrix of `rowCount` × `columnCount`, the last word of a row or column perhaps not full.
  static func shape(_ packing: Packing, bitCount: Int, rowCount: Int, columnCount: Int) -> [Int] {
    let wordCount = 32 / bitCount
    return switch packing {
    case .rows: [(rowCount + wordCount - 1) / wordCount, columnCount]
    case .columns, .interleavedColumns: [rowCount, (columnCount + wordCount - 1) / wordCount]
    case .bytes: [rowCount, columnCount]
    }
  }

  /// One word of 32 bits.
  @inline(__always)
  func word(_ row: Int, _ column: Int) -> UInt32 {
    base.loadUnaligned(fromByteOffset: (row * rowElementCount + column) * 4, as: UInt32.self)
  }

  /// One integer, 0..<2^bits.
  @inline(__always)
  subscript(row: Int, column: Int) -> Int {
    let slot: Int
    let word: UInt32
    switch packing {
    case .rows:
      slot = row % wordCount
      word = self.word(row / wordCount, column)
    case .columns:
      slot = column % wordCount
      word = self.word(row, column / wordCount)
    case .interleavedColumns:
      // Column 2i is in place i, column 2i + 1 in place i + 4.
      slot = column % 8 / 2 + column % 2 * 4
      word = self.word(row, column / 8)
    case .bytes:
      let byte = base.load(fromByteOffset: row * rowElementCount + column, as: UInt8.self)
      return Int(byte ^ 0x80) - 128 + 1 << (bitCount - 1)
    }
    return Int(word >> UInt32(slot * bitCount)) & (1 << bitCount - 1)
  }
}
