import QuireKernelBodies
import QuireTensorFormats

/// The kernels as plain loops, one output at a time: what the others must equal to the last bit.
enum ScalarKernels {
  /// Integers times activations of 8 bits.
  static func multiply(_ panel: QuantizedPanel, _ work: PanelWork) {
    forEachOutput(of: work) { quantizedOutput(panel, work, token: $0, row: $1) }
  }

  /// Floating-point numbers times single precision.
  static func multiply(_ panel: FloatingPanel, _ work: PanelWork) {
    forEachOutput(of: work) { floatOutput(panel, work, token: $0, row: $1) }
  }

  private static func forEachOutput(of work: PanelWork, _ output: (_ token: Int, _ row: Int) -> Float) {
    for token in 0..<work.tileCount * work.tileTokenCount {
      for row in 0..<(work.panelCount - 1) * PanelLayout.rowCount + work.lastPanelRowCount {
        work.output[token * work.outputStride + row] = output(token, row)
      }
    }
  }

  /// Activations to bytes: `QuantizeWork.quantize`.
  static func quantize(_ work: QuantizeWork) {
    let blockCount = (work.columnCount + 31) / 32
    for token in work.firstToken..<work.endToken {
      let tile = work.tokenTiles.tile(ofToken: token)
      let firstToken = work.tokenTiles.firstToken(ofTile: tile)
      let width = work.tokenTiles.width(ofTile: tile)
      let index = token - firstToken
      let values = work.values + token * (work.endColumn - work.firstColumn) - work.firstColumn
      for block in work.firstColumn / 32..<(work.endColumn + 31) / 32 {
        let tileStart = work.tiles + firstToken * ActivationLayout.tokenByteCount(blockCount: blockCount)
        let bytes = tileStart + (block * width + index) * 32
        let columns = block * 32..<min(block * 32 + 32, work.columnCount)
        let greatest = columns.reduce(UInt32(0)) { max($0, values[$1].bitPattern & 0x7FFF_FFFF) }
        let factor = quantizationFactor(Float(bitPattern: greatest))
        let scale = quantizationScale(Float(bitPattern: greatest))
        var sum: Int32 = 0
        for column in 0..<32 {
          let value = columns.contains(block * 32 + column) ? values[block * 32 + column] : 0
          let byte = rounded(value * factor)
          sum += Int32(byte)
          bytes.storeBytes(of: byte, toByteOffset: column, as: Int8.self)
        }
        let numbers =
          tileStart + numbersOffset(blockCount: blockCount, block: block, width: width, index: index)
        numbers.storeBytes(of: scale, as: Float.self)
        numbers.storeBytes(
          of: scale * Float(sum), toByteOffset: ActivationLayout.productOffset, as: Float.self)
        numbers.storeBytes(
          of: -8 * sum, toByteOffset: ActivationLayout.nibbleCorrectionOffset, as: Int32.self)
        numbers.storeBytes(
          of: -128 * sum, toByteOffset: ActivationLayout.byteCorrectionOffset, as: Int32.self)
      }
    }
  }

  /// The distance from the start of a tile of `width` tokens to the scale of a block of its token `index`.
  private static func numbersOffset(blockCount: Int, block: Int, width: Int, index: Int) -> Int {
    blockCount * width * 32 + (block / 4 * width + index) * ActivationLayout.recordByteCount + block % 4 * 4
  }

  /// The nearest byte, ties to even; -128 where the value is no number or out of range.
  private static func rounded(_ value: Float) -> Int8 {
    guard value.magnitude < 128 else { return -128 }
    return Int8(value.rounded(.toNearestOrEven))
  }

  private static func quantizedOutput(
    _ format: QuantizedPanel, _ work: PanelWork, token: Int, row: Int
  ) -> Float {
    let width = work.tileTokenCount
    let (tile, index) = token.quotientAndRemainder(dividingBy: width)
    let panel = QuantizedPanelView(
      base: work.panels + row / PanelLayout.rowCount * work.panelByteCount, panel: format, depth: work.depth)
    let lane = row % PanelLayout.rowCount
    var total: Float = 0
    for block in 0..<work.depth {
      let tileStart =
        work.activations + tile * width * ActivationLayout.tokenByteCount(blockCount: work.depth)
      let bytes = tileStart + (block * width + index) * 32
      let numbers =
        tileStart + numbersOffset(blockCount: work.depth, block: block, width: width, index: index)
      let tokenScale = numbers.loadUnaligned(as: Float.self)
      for start in stride(from: 0, to: 32, by: format.scales.columnCount) {
        let column = block * 32 + start
        var (sum, activationSum): (Int32, Int32) = (0, 0)
        for offset in 0..<format.scales.columnCount {
          let activation = Int32(bytes.load(fromByteOffset: start + offset, as: Int8.self))
          sum += activation * panel.integer(lane: lane, column: column + offset)
          activationSum += activation
        }
        if format.scales.hasRowScale {
          total = total.addingProduct(Float(sum), tokenScale)
          continue
        }
        let scale = panel.scale(lane: lane, column: column)
        total = total.addingProduct(Float(sum) * scale, tokenScale)
        if format.scales.hasMinimum {
          let minimum = panel.minimum(lane: lane, column: column)
          total = total.addingProduct(
            format.scales.hasZeroPoint ? minimum * scale : minimum, tokenScale * Float(activationSum))
        }
      }
    }
    return work.rowScales.map { total * $0[row] } ?? total
  }

  /// Activations to bfloat16: `QuantizeWork.roundToBFloats`.
  static func roundToBFloats(_ work: QuantizeWork) {
    let blockColumnCount = BFloatLayout.blockColumnCount
    let blockCount = (work.columnCount + blockColumnCount - 1) / blockColumnCount
    for token in work.firstToken..<work.endToken {
      let tile = work.tokenTiles.tile(ofToken: token)
      let firstToken = work.tokenTiles.firstToken(ofTile: tile)
      let width = work.tokenTiles.width(ofTile: tile)
      for column in 0..<blockCount * blockColumnCount {
        let value = column < work.columnCount ? work.values[token * work.columnCount + column] : 0
        let (block, offset) = column.quotientAndRemainder(dividingBy: blockColumnCount)
        let place = (firstToken * blockCount + block * width + token - firstToken) * blockColumnCount + offset
        work.tiles.storeBytes(of: bfloat(value), toByteOffset: place * 2, as: UInt16.self)
      }
    }
  }

  /// The upper half of the nearest bfloat16 number, ties to even; subnormal numbers become zero.
  private static func bfloat(_ value: Float) -> UInt16 {
    let bits = flushed(value).bitPattern
    guard !value.isNaN else { return UInt16(bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }

  /// Zero of the same sign for a subnormal number.
  private static func flushed(_ value: Float) -> Float { value.isSubnormal ? value * 0 : value }

  /// Pairs of bfloat16 numbers: see BFloatTile.swift.
  static func multiplyBFloatPairs(_ work: PanelWork) {
    let tokenByteCount = work.depth * BFloatLayout.tokenBlockByteCount
    for token in 0..<work.tileCount * work.tileTokenCount {
      let (tile, index) = token.quotientAndRemainder(dividingBy: work.tileTokenCount)
      let activations = work.activations + tile * work.tileTokenCount * tokenByteCount
      for row in 0..<(work.panelCount - 1) * PanelLayout.rowCount + work.lastPanelRowCount {
        let panel = FloatingPanelView(
          base: work.panels + row / PanelLayout.rowCount * work.panelByteCount, panel: .bfloatPairs)
        var total: Float = 0
        for pair in stride(from: 0, to: work.depth * BFloatLayout.blockColumnCount, by: 2) {
          for column in [pair + 1, pair] {
            let (block, offset) = column.quotientAndRemainder(dividingBy: BFloatLayout.blockColumnCount)
            let place =
              (block * work.tileTokenCount + index) * BFloatLayout.tokenBlockByteCount + offset * 2
            let activation = Float(
              bitPattern: UInt32(activations.load(fromByteOffset: place, as: UInt16.self)) << 16)
            let weight = panel.weight(lane: row % PanelLayout.rowCount, column: column)
            total = flushed(total.addingProduct(flushed(weight), flushed(activation)))
          }
        }
        work.output[token * work.outputStride + row] = total
      }
    }
  }

  private static func floatOutput(_ format: FloatingPanel, _ work: PanelWork, token: Int, row: Int) -> Float {
    let width = work.tileTokenCount
    let (tile, index) = token.quotientAndRemainder(dividingBy: width)
    let panel = FloatingPanelView(
      base: work.panels + row / PanelLayout.rowCount * work.panelByteCount, panel: format)
    let activations = work.activations.assumingMemoryBound(to: Float.self) + tile * width * work.depth + index
    var total: Float = 0
    for column in 0..<work.depth {
      total = total.addingProduct(
        panel.weight(lane: row % PanelLayout.rowCount, column: column), activations[column * width])
    }
    return total
  }
}
