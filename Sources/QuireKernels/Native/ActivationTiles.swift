import QuireKernelBodies
import QuirePlatform

/// How the tokens of a matmul are arranged for the kernels, in memory of a pool.
struct ActivationTiles {
  let columnCount: Int
  let format: ActivationFormat

  /// Bytes of one token.
  var tokenByteCount: Int {
    switch format {
    case .bytes: ActivationLayout.tokenByteCount(blockCount: (columnCount + 31) / 32)
    case .singles: columnCount * 4
    case .bfloats: (columnCount + 31) / 32 * BFloatLayout.tokenBlockByteCount
    }
  }
  /// Bytes of `tokenCount` tokens in whole cache lines.
  func paddedByteCount(tokenCount: Int) -> Int { (tokenCount * tokenByteCount + 63) & ~63 }

  /// Writes the `[columnCount]` values of each of `tokens` to its place in the tiles at `memory`.
  func arrange(
    _ values: UnsafePointer<Float>, tokens: Range<Int>, of tiles: TokenTiles,
    into memory: UnsafeMutableRawPointer, instructionSet: InstructionSet
  ) {
    let work = QuantizeWork(
      values: values, columnCount: columnCount, tiles: memory, tokenTiles: tiles,
      firstToken: tokens.lowerBound, endToken: tokens.upperBound)
    switch format {
    case .bytes: NativeKernels.quantize(work, instructionSet)
    case .singles: interleave(work)
    case .bfloats: NativeKernels.roundToBFloats(work, instructionSet)
    }
  }

  /// A tile of T tokens becomes `[columns × T]`.
  private func interleave(_ work: QuantizeWork) {
    let memory = work.tiles.assumingMemoryBound(to: Float.self)
    for token in work.firstToken..<work.endToken {
      let tile = work.tokenTiles.tile(ofToken: token)
      let firstToken = work.tokenTiles.firstToken(ofTile: tile)
      let width = work.tokenTiles.width(ofTile: tile)
      let source = work.values + token * columnCount
      let destination = memory + firstToken * columnCount + (token - firstToken)
      for column in 0..<columnCount { destination[column * width] = source[column] }
    }
  }
}

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
