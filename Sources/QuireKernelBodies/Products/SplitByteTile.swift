// Signed weights whose scales are for 16 columns, half a block, times activations of 8 bits.
//
// Each output: for both halves of a block s = the exact sum over 16 columns, then total = fma(float(s) * d, a, total), d
// being the row's scale and a the token's; with a minimum m then total = fma(m, a * sum of the half's bytes, total). Halves
// and blocks in ascending order.

extension TileWork {
  /// One panel of signed weights with two scales a block times `T` tokens.
  @inlinable @inline(__always)
  public func multiplySplitBytes<I: ISA, W: PanelWeights, S: WeightScales, let T: Int>(
    _ isa: I.Type, _ weightType: W.Type, _ scaling: S.Type, _ tile: TokenTile<T>.Type
  ) {
    forEachVector(isa) { row in
      var totals = InlineArray<T, I.Floats>(repeating: I.splat(0))
      var scales = panel
      var group = (scale: I.splat(0), minimum: I.splat(0))
      var weights = panel + S.layout.byteCount(blockCount: depth) + 4 * row
      var tokens = activations
      var numbers = activations + depth * T * PanelLayout.blockColumnCount
      for block in 0..<depth {
        if row == 0 { prefetchAhead(isa, block: block) }
        if block % S.layout.groupBlockCount == 0 { group = nextNumbers(isa, scaling, &scales, row: row) }
        let first = levels(isa, scaling, scales + row, 0, group)
        let second = levels(isa, scaling, scales + row, 1, group)
        scales += S.layout.blockByteCount * PanelLayout.rowCount
        var sums = InlineArray<T, I.Integers>(repeating: I.startSigned(0))
        var starts = InlineArray<T, I.Integers>(repeating: I.startSigned(0))
        unrolled(T) {
          (sums[$0], starts[$0]) = I.startSignedHalves(
            tokens + $0 * 32,
            numbers.word($0 * ActivationLayout.recordByteCount + ActivationLayout.byteCorrectionOffset))
        }
        addHalf(isa, weightType, weights, 0, tokens, &sums)
        addSums(isa, scaling, sums, first, tokens, numbers, &totals)
        addHalf(isa, weightType, weights, 1, tokens, &starts)
        addSums(isa, scaling, starts, second, tokens + 16, numbers, &totals)
        weights += W.blockByteCount
        tokens += T * PanelLayout.blockColumnCount
        numbers += ActivationLayout.numbersStride(block: block, tokenCount: T)
      }
      unrolled(T) { store(isa, totals[$0], row: row, token: $0) }
    }
  }

  /// Adds the products of 16 columns, half number `half` of a block.
  @inlinable @inline(__always)
  func addHalf<I: ISA, W: PanelWeights, let T: Int>(
    _ isa: I.Type, _ weightType: W.Type, _ weights: UnsafeRawPointer, _ half: Int,
    _ tokens: UnsafeRawPointer, _ sums: inout InlineArray<T, I.Integers>
  ) {
    unrolled(4) { index in
      let group = 4 * half + index
      let signed = I.signed(W.load(isa, weights, group: group))
      unrolled(T) { token in
        sums[token] = I.dotSigned(sums[token], signed, tokens.word(token * 32 + group * 4))
      }
    }
  }

  /// Adds finished sums of 16 columns, whose activations are at `tokens`, to the totals.
  @inlinable @inline(__always)
  func addSums<I: ISA, S: WeightScales, let T: Int>(
    _ isa: I.Type, _ scaling: S.Type, _ sums: InlineArray<T, I.Integers>,
    _ scale: (scale: I.Floats, minimum: I.Floats), _ tokens: UnsafeRawPointer, _ numbers: UnsafeRawPointer,
    _ totals: inout InlineArray<T, I.Floats>
  ) {
    unrolled(T) { token in
      let tokenScale = numbers.single(token * ActivationLayout.recordByteCount)
      let product = I.multiply(I.floats(sums[token]), scale.scale)
      totals[token] = I.multiplyAdd(product, I.splat(tokenScale), totals[token])
      if S.layout.hasMinimum {
        let sum = tokenScale * Float(I.sumOfSixteen(tokens + token * 32))
        totals[token] = I.multiplyAdd(scale.minimum, I.splat(sum), totals[token])
      }
    }
  }
}

/// Signed weights with a scale for 16 columns times bytes: `TileWork.multiplySplitBytes`.
public enum SplitByteProduct<W: PanelWeights, S: WeightScales>: ByteActivations {
  /// Panels of such weights.
  @inlinable @inline(__always)
  public static var panel: PanelFormat {
    .quantized(QuantizedPanel(bitCount: W.bitCount, codes: W.codes, scales: S.layout))
  }
  /// Bytes of a panel's scales.
  @inlinable @inline(__always)
  public static func scaleByteCount(depth: Int) -> Int { S.layout.byteCount(blockCount: depth) }
  /// Multiplies one panel by one tile.
  @inlinable @inline(__always)
  public static func multiply<M: TileEntries, let T: Int>(
    _ work: TileWork, _: M.Type, _ tile: TokenTile<T>.Type
  ) {
    M.splitBytes(work, W.self, S.self, tile)
  }
}
