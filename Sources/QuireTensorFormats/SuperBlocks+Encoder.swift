// What the encoders of super-blocks share: the search for scales, and how those are packed.

/// The scale and the minimum of 32 numbers, for the smallest squared error: number = scale * q - minimum.
struct ScaledRange {
  var scale: Float
  /// At least 0, as files store it.
  var minimum: Float
  private var error: Float

  /// Fits 32 numbers to whole numbers q in `0...levels`.
  ///
  /// For each of some spacings around the even one the nearest q are taken, and the line through numbers and q that
  /// leaves the least squares; with the best line the nearest q are taken anew, as long as that helps.
  init(of numbers: ThirtyTwo, levels: Float) {
    let low = min(0, numbers.smallest)
    let high = numbers.largest
    self.init(scale: 0, minimum: -low, error: .infinity)
    guard high > low else { return }
    for step in -10...10 {
      let inverse = (levels + Float(step) * 0.1) / (high - low)
      take(Self.line(numbers, numbers.scaled(inverse, plus: -low * inverse).whole(in: 0...levels)))
    }
    for _ in 0..<4 where scale > 0 {
      let before = error
      take(Self.line(numbers, numbers.scaled(1 / scale, plus: minimum / scale).whole(in: 0...levels)))
      if error == before { break }
    }
  }

  private init(scale: Float, minimum: Float, error: Float) {
    self.scale = scale
    self.minimum = minimum
    self.error = error
  }

  private mutating func take(_ other: ScaledRange) { if other.error < error { self = other } }

  /// The line of least squares, not above 0 at 0.
  @inline(__always)
  private static func line(_ numbers: ThirtyTwo, _ wholes: ThirtyTwo) -> ScaledRange {
    let (sum, count) = (wholes.total, wholes.squaredTotal)
    let (total, products) = (numbers.total, numbers.dot(wholes))
    var (slope, offset): (Float, Float) = (products / max(1, count), 0)
    let determinant = 32 * count - sum * sum
    // Where all have one whole number, or the line would cross above 0, it goes through 0.
    if determinant > 0, count * total < sum * products {
      slope = (32 * products - total * sum) / determinant
      offset = (count * total - sum * products) / determinant
    }
    let error = (wholes.scaled(slope, plus: offset) - numbers).squaredTotal
    return ScaledRange(scale: slope, minimum: -offset, error: error)
  }
}

/// A super-block of numbers with scales and minima in six bits each, in the making.
///
/// Of each block the scale and the minimum are sought that leave the least squared error after both are rounded, near
/// those of its line; then the two units of all of them are fitted anew, and the search repeated.
struct RangedSuperBlock {
  let numbers: UnsafePointer<Float>
  let levels: Float
  private(set) var scaleUnit: Float
  private(set) var minimumUnit: Float
  /// Whole numbers of the units, `0...63`.
  private(set) var scales = SIMD8<Float>()
  private(set) var minima = SIMD8<Float>()

  /// Chooses scales and minima for 256 numbers.
  init(_ numbers: UnsafePointer<Float>, levels: Float) {
    self.numbers = numbers
    self.levels = levels
    var (ownScales, ownMinima) = (SIMD8<Float>(), SIMD8<Float>())
    for block in 0..<8 {
      let range = ScaledRange(of: ThirtyTwo(numbers + block * 32), levels: levels)
      ownScales[block] = range.scale
      ownMinima[block] = range.minimum
    }
    scaleUnit = Self.halved(ownScales.largest / 63)
    minimumUnit = Self.halved(ownMinima.largest / 63)
    for block in 0..<8 {
      scales[block] = Self.sixBits(ownScales[block] * scaleUnit.reciprocalOrZero)
      minima[block] = Self.sixBits(ownMinima[block] * minimumUnit.reciprocalOrZero)
    }
    improve()
    fitUnits()
    improve()
  }

  /// The whole numbers of a block, with a scale and a minimum.
  @inline(__always)
  func wholes(_ block: Int, scale: Float, minimum: Float) -> ThirtyTwo {
    let inverse = scale.reciprocalOrZero
    return ThirtyTwo(numbers + block * 32).scaled(inverse, plus: minimum * inverse).whole(in: 0...levels)
  }

  /// Goes to the neighbour of each block's scale and minimum that leaves the least error.
  private mutating func improve() {
    for block in 0..<8 {
      var best = (error: Float.infinity, scale: Float(0), minimum: Float(0))
      for scaleStep in -1...1 {
        for minimumStep in -1...1 {
          let scale = scales[block] + Float(scaleStep)
          let minimum = minima[block] + Float(minimumStep)
          guard scale >= 0, scale <= 63, minimum >= 0, minimum <= 63 else { continue }
          let error = error(block, scale: scale * scaleUnit, minimum: minimum * minimumUnit)
          if error < best.error { best = (error, scale, minimum) }
        }
      }
      scales[block] = best.scale
      minima[block] = best.minimum
    }
  }

  private func error(_ block: Int, scale: Float, minimum: Float) -> Float {
    let wholes = wholes(block, scale: scale, minimum: minimum)
    return (wholes.scaled(scale, plus: -minimum) - ThirtyTwo(numbers + block * 32)).squaredTotal
  }

  /// The units with the least squared error for the whole numbers as they are.
  private mutating func fitUnits() {
    // number = scaleUnit * a - minimumUnit * b
    var (aa, ab, bb, ax, bx): (Float, Float, Float, Float, Float) = (0, 0, 0, 0, 0)
    for block in 0..<8 {
      let b = minima[block]
      let own = ThirtyTwo(numbers + block * 32)
      let a = wholes(block, scale: scales[block] * scaleUnit, minimum: b * minimumUnit)
        .scaled(scales[block], plus: 0)
      aa += a.squaredTotal
      ab += a.total * b
      bb += b * b * 32
      ax += a.dot(own)
      bx += own.total * b
    }
    let determinant = aa * bb - ab * ab
    if determinant > 1e-3 * aa * bb {
      let (scale, minimum) = ((ax * bb - bx * ab) / determinant, (ax * ab - bx * aa) / determinant)
      if scale > 0, minimum >= 0 { (scaleUnit, minimumUnit) = (Self.halved(scale), Self.halved(minimum)) }
    } else if bb == 0, aa > 0, ax > 0 {
      scaleUnit = Self.halved(ax / aa)
    }
  }

  @inline(__always)
  private static func halved(_ value: Float) -> Float { HalfPrecision.float(HalfPrecision.half(value)) }

  @inline(__always)
  private static func sixBits(_ value: Float) -> Float { max(0, min(63, value.nearestWhole)) }
}

extension UnsafeMutableRawPointer {
  /// Writes the halves and the 6-bit scales and minima of a super-block with minima, and hands its numbers to `store`.
  ///
  /// - Parameters:
  ///   - numbers: 256 numbers.
  ///   - levels: the largest whole number that stands for one.
  ///   - store: takes a block's number, and the whole number of each of its elements.
  @inline(__always)
  func storeRanges(
    of numbers: UnsafePointer<Float>, levels: Float,
    _ store: (_ block: Int, _ wholes: UnsafePointer<UInt8>) -> Void
  ) {
    let superBlock = RangedSuperBlock(numbers, levels: levels)
    storeHalf(superBlock.scaleUnit)
    storeHalf(superBlock.minimumUnit, 2)
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32 + 16) { buffer in
      let (wholes, bytes) = (buffer.baseAddress!, buffer.baseAddress! + 32)
      for block in 0..<8 {
        let (scale, minimum) = (superBlock.scales[block], superBlock.minima[block])
        bytes[2 * block] = UInt8(truncatingIfNeeded: scale.truncatedToInt32)
        bytes[2 * block + 1] = UInt8(truncatingIfNeeded: minimum.truncatedToInt32)
        let own = superBlock.wholes(
          block, scale: scale * superBlock.scaleUnit, minimum: minimum * superBlock.minimumUnit)
        for index in 0..<16 {
          wholes[index] = UInt8(truncatingIfNeeded: own.low[index].truncatedToInt32)
          wholes[index + 16] = UInt8(truncatingIfNeeded: own.high[index].truncatedToInt32)
        }
        store(block, wholes)
      }
      (self + 4).packSixBitScales(bytes)
    }
  }

  /// Packs eight 6-bit scales, each with its minimum after it, into the 12 bytes here: what `unpackSixBitScales` undoes.
  private func packSixBitScales(_ scales: UnsafePointer<UInt8>) {
    for index in 0..<4 {
      let (scale, minimum) = (scales[2 * index + 8], scales[2 * index + 9])
      storeBytes(of: scales[2 * index] | (scale >> 4) << 6, toByteOffset: index, as: UInt8.self)
      storeBytes(of: scales[2 * index + 1] | (minimum >> 4) << 6, toByteOffset: index + 4, as: UInt8.self)
      storeBytes(of: scale & 15 | (minimum & 15) << 4, toByteOffset: index + 8, as: UInt8.self)
    }
  }
}
