import QuireKernelBodies
import QuireTensorFormats

extension PanelFormat {
  /// The format that `stored` weights are packed in: their integers as they are where kernels compute with these, else
  /// floating-point numbers.
  init(_ stored: TensorFormat, _ precision: WeightPrecision) {
    if precision == .float32 {
      self = .floating(.singles)
    } else if let integers = stored.integers {
      self = .quantized(QuantizedPanel(integers, blockElementCount: stored.blockElementCount))
    } else if precision == .int8 && !stored.isQuantized {
      self = .quantized(.byRow)
    } else if stored == .f16 {
      self = .floating(.halves)
    } else if stored == .bf16 {
      self = .floating(precision == .bfloat16 ? .bfloatPairs : .bfloats)
    } else {
      self = .floating(.singles)
    }
  }
}

extension QuantizedPanel {
  /// Floating-point weights quantised to 8 bits, one scale a row.
  static let byRow = QuantizedPanel(bitCount: 8, scales: RowScales.layout)

  /// The panels that hold such integers and scales as they are.
  init(_ integers: IntegerBlocks, blockElementCount: Int) {
    let codes = integers.values.flatMap { values in WeightCodes.allCases.first { $0.values == values } }
    precondition((codes == nil) == (integers.values == nil), "codes that a kernel looks up")
    self.init(
      bitCount: integers.bitCount, codes: codes,
      scales: ScaleLayout(
        hasMinimum: integers.hasMinimum, hasZeroPoint: integers.hasZeroPoint,
        hasSingleScale: integers.hasSingleScale, columnCount: integers.scaleElementCount,
        groupBlockCount: blockElementCount / PanelLayout.blockColumnCount))
  }
}
