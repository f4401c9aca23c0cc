// 4-bit weights times activations of 8 bits.
//
// Each output: s = the exact sum over a block of 32 columns; total = fma(float(s) * d, a, total), d being the row's
// scale and a the token's; with a minimum m then total = fma(m, a * sum of the token's bytes, total). Blocks in
// ascending order.

extension TileWork {
  /// One panel of 4-bit weights times `T` tokens: nibble - 8 in blocks without a minimum, else the nibble itself.
  @inlinable @inline(__always)
  public func multiplyNibbles<I: ISA, S: WeightScales, let T: Int>(
    _ isa: I.Type, _ scaling: S.Type, _ tile: TokenTile<T>.Type
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
        let (scale, minimum) = nextScales(isa, scaling, &scales, row: row, block: block, &group)
        var sums = InlineArray<T, I.NibbleSums>(repeating: I.startNibbles(0))
        if !S.layout.hasMinimum {
          unrolled(T) {
            sums[$0] = I.startNibbles(
              numbers.word($0 * ActivationLayout.recordByteCount + ActivationLayout.nibbleCorrectionOffset))
          }
        }
        unrolled(4) { group in
          let (low, high) = nibbles(isa, weights + group * PanelLayout.groupByteCount)
          unrolled(T) { token in
            let bytes = tokens + token * 32 + group * 4
            sums[token] = I.dotNibbles(I.dotNibbles(sums[token], low, bytes.word(0)), high, bytes.word(16))
          }
        }
        unrolled(T) { token in
          let record = numbers + token * ActivationLayout.recordByteCount
          let correction: Int32 =
            S.layout.hasMinimum ? 0 : record.word(ActivationLayout.nibbleCorrectionOffset)
          totals[token] = addBlock(
            isa, scaling, I.finish(sums[token], correction), to: totals[token], scale, minimum,
            record.single(0), record.single(ActivationLayout.productOffset))
        }
        weights += PanelLayout.nibbleBlockByteCount
        tokens += T * PanelLayout.blockColumnCount
        numbers += ActivationLayout.numbersStride(block: block, tokenCount: T)
      }
      unrolled(T) { store(isa, totals[$0], row: row, token: $0) }
    }
  }
}

/// The weights of a block's columns 4g..<4g + 4 and 4g + 16..<4g + 20.
@inlinable @inline(__always)
func nibbles<I: ISA>(_ isa: I.Type, _ pointer: UnsafeRawPointer) -> (low: I.Bytes, high: I.Bytes) {
  let bytes = I.bytes(at: pointer)
  return (I.lowNibbles(bytes), I.highNibbles(bytes))
}

extension UnsafeRawPointer {
  /// Four bytes at any address.
  @inlinable @inline(__always)
  func word(_ offset: Int) -> Int32 { loadUnaligned(fromByteOffset: offset, as: Int32.self) }

  /// A single-precision number at any address.
  @inlinable @inline(__always)
  func single(_ offset: Int) -> Float { loadUnaligned(fromByteOffset: offset, as: Float.self) }
}
