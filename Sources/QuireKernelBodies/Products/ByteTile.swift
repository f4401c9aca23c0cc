// Weights of 8 bits, or codes of 4 that stand for such, times activations of 8 bits; the sums are those of 4-bit weights.

extension TileWork {
  /// One panel of signed weights times `T` tokens.
  ///
  /// With one scale a row, total = fma(float(s), a, total), and the finished total is multiplied by the row's scale.
  @inlinable @inline(__always)
  public func multiplyBytes<I: ISA, W: PanelWeights, S: WeightScales, let T: Int>(
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
        let (scale, minimum) = nextScales(isa, scaling, &scales, row: row, block: block, &group)
        var sums = InlineArray<T, I.Integers>(repeating: I.startSigned(0))
        unrolled(T) {
          sums[$0] = I.startSigned(
            numbers.word($0 * ActivationLayout.recordByteCount + ActivationLayout.byteCorrectionOffset))
        }
        unrolled(8) { group in
          let signed = I.signed(W.load(isa, weights, group: group))
          unrolled(T) { token in
            sums[token] = I.dotSigned(sums[token], signed, tokens.word(token * 32 + group * 4))
          }
        }
        unrolled(T) { token in
          let record = numbers + token * ActivationLayout.recordByteCount
          totals[token] = addBlock(
            isa, scaling, sums[token], to: totals[token], scale, minimum,
            record.single(0), record.single(ActivationLayout.productOffset))
        }
        weights += W.blockByteCount
        tokens += T * PanelLayout.blockColumnCount
        numbers += ActivationLayout.numbersStride(block: block, tokenCount: T)
      }
      if S.layout.hasRowScale {
        let scale = I.floats(at: UnsafeRawPointer(rowScales! + row))
        unrolled(T) { totals[$0] = I.multiply(totals[$0], scale) }
      }
      unrolled(T) { store(isa, totals[$0], row: row, token: $0) }
    }
  }
}
