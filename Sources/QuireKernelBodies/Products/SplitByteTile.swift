// 8-bit weights whose scales are for 16 columns, half a block, times activations of 8 bits.
//
// Each output: for both halves of a block s = the exact sum over 16 columns, then total = fma(float(s) * d, a, total), d
// being the row's scale and a the token's. Halves and blocks in ascending order.

/// The scales of the halves of block `block`; as `nextScales`.
@inlinable @inline(__always)
func nextSplitScales<I: ISA, S: WeightScales>(
  _ isa: I.Type, _ scaling: S.Type, _ place: inout UnsafeRawPointer, row: Int, block: Int,
  _ group: inout (scale: I.Floats, minimum: I.Floats)
) -> (first: I.Floats, second: I.Floats) {
  if block % S.layout.groupBlockCount == 0 { group = nextHalves(isa, scaling, &place, row: row) }
  let bytes = place + row
  place += S.layout.blockByteCount * PanelLayout.rowCount
  return (
    I.multiply(I.signedBytes(at: bytes), group.scale),
    I.multiply(I.signedBytes(at: bytes + PanelLayout.rowCount), group.scale)
  )
}

extension TileWork {
  /// One panel of 8-bit weights with two scales a block times `T` tokens.
  @inlinable @inline(__always)
  public func multiplySplitBytes<I: ISA, S: WeightScales, let T: Int>(
    _ isa: I.Type, _ scaling: S.Type, _ tile: TokenTile<T>.Type
  ) {
    for row in stride(from: 0, to: PanelLayout.rowCount, by: I.laneCount) {
      var totals = InlineArray<T, I.Floats>(repeating: I.splat(0))
      var scales = panel
      var group = (scale: I.splat(0), minimum: I.splat(0))
      var weights = panel + S.layout.byteCount(blockCount: depth) + 4 * row
      var tokens = activations
      var numbers = activations + depth * T * PanelLayout.blockColumnCount
      for block in 0..<depth {
        if T > 1 && row == 0 { prefetchAhead(isa, block: block) }
        let (first, second) = nextSplitScales(
          isa, scaling, &scales, row: row, block: block, &group)
        if T == 1 { prefetchKilobyte(isa, weights + 4096) }
        var sums = InlineArray<T, I.Integers>(repeating: I.startSigned(0))
        var starts = InlineArray<T, I.Integers>(repeating: I.startSigned(0))
        unrolled(T) {
          (sums[$0], starts[$0]) = I.startSignedHalves(
            tokens + $0 * 32,
            numbers.word($0 * ActivationLayout.recordByteCount + ActivationLayout.byteCorrectionOffset))
        }
        addHalf(isa, weights, tokens, &sums)
        addSums(isa, sums, scale: first, numbers, &totals)
        addHalf(isa, weights + 4 * PanelLayout.groupByteCount, tokens + 16, &starts)
        addSums(isa, starts, scale: second, numbers, &totals)
        weights += PanelLayout.byteBlockByteCount
        tokens += T * PanelLayout.blockColumnCount
        numbers += ActivationLayout.numbersStride(block: block, tokenCount: T)
      }
      unrolled(T) { store(isa, totals[$0], row: row, token: $0) }
    }
  }

  /// Adds the products of 16 columns.
  @inlinable @inline(__always)
  func addHalf<I: ISA, let T: Int>(
    _ isa: I.Type, _ weights: UnsafeRawPointer, _ tokens: UnsafeRawPointer,
    _ sums: inout InlineArray<T, I.Integers>
  ) {
    unrolledFour { group in
      let signed = I.signed(I.bytes(at: weights + group * PanelLayout.groupByteCount))
      unrolled(T) { token in
        sums[token] = I.dotSigned(sums[token], signed, tokens.word(token * 32 + group * 4))
      }
    }
  }

  /// Adds finished sums of 16 columns to the totals.
  @inlinable @inline(__always)
  func addSums<I: ISA, let T: Int>(
    _ isa: I.Type, _ sums: InlineArray<T, I.Integers>, scale: I.Floats, _ numbers: UnsafeRawPointer,
    _ totals: inout InlineArray<T, I.Floats>
  ) {
    unrolled(T) { token in
      let tokenScale = I.splat(numbers.single(token * ActivationLayout.recordByteCount))
      let product = I.multiply(I.floats(sums[token]), scale)
      totals[token] = I.multiplyAdd(product, tokenScale, totals[token])
    }
  }
}

/// 8-bit weights with a scale for 16 columns times bytes: `TileWork.multiplySplitBytes`.
public enum SplitByteProduct<S: WeightScales>: ByteActivations {
  /// Panels of 8-bit integers.
  @inlinable @inline(__always)
  public static var panel: PanelFormat { .quantized(QuantizedPanel(bitCount: 8, scales: S.layout)) }
  /// Multiplies one panel by one tile.
  @inlinable @inline(__always)
  public static func multiply<M: TileEntries, let T: Int>(
    _ work: TileWork, _: M.Type, _ tile: TokenTile<T>.Type
  ) {
    M.splitBytes(work, S.self, tile)
  }
}
