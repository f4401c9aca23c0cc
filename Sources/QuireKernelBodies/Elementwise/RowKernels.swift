// What models do between matmuls, on rows of single-precision numbers. Sums run in sixteen lanes, lane = column
// modulo 16, and then as a tree.

/// The arguments of a norm of some rows.
public struct NormWork: BitwiseCopyable {
  /// The residual stream where something is added, else the input: rows of `columnCount`.
  public var rows: UnsafeMutablePointer<Float>
  /// Added to the rows first, and stored there; nil for nothing.
  public var addend: UnsafePointer<Float>?
  /// `[columnCount]`.
  public var weight: UnsafePointer<Float>
  /// Rows of `columnCount`; may be `rows`.
  public var output: UnsafeMutablePointer<Float>
  /// Floats of a row; rows follow each other without gaps.
  public var columnCount: Int
  /// Number of rows.
  public var rowCount: Int
  /// Added to the mean square.
  public var epsilon: Float

  /// Collects the arguments.
  @inlinable
  public init(
    rows: UnsafeMutablePointer<Float>, addend: UnsafePointer<Float>?, weight: UnsafePointer<Float>,
    output: UnsafeMutablePointer<Float>, columnCount: Int, rowCount: Int, epsilon: Float
  ) {
    self.rows = rows
    self.addend = addend
    self.weight = weight
    self.output = output
    self.columnCount = columnCount
    self.rowCount = rowCount
    self.epsilon = epsilon
  }

  /// Root-mean-square norm of each row: `output[i] = weight[i] * (row[i] / sqrt(mean(row^2) + epsilon))`.
  ///
  /// Source: Zhang and Sennrich 2019, "Root Mean Square Layer Normalization", arXiv 1910.07467.
  @inlinable @inline(__always)
  public func normalize<I: VectorISA>(_ isa: I.Type) {
    for row in 0..<rowCount {
      let start = row * columnCount
      normalize(isa, rows + start, addend.map { $0 + start }, output + start)
    }
  }

  @inlinable @inline(__always)
  func normalize<I: VectorISA>(
    _ isa: I.Type, _ row: UnsafeMutablePointer<Float>, _ addend: UnsafePointer<Float>?,
    _ output: UnsafeMutablePointer<Float>
  ) {
    let whole = columnCount & ~15
    let rest = columnCount - whole
    var squares = I.splat(0)
    var index = 0
    while index < whole {
      var x = I.load(row + index)
      if let addend {
        x = I.add(x, I.load(addend + index))
        I.store(x, row + index)
      }
      squares = I.multiplyAdd(x, x, squares)
      index += 16
    }
    if rest > 0 {
      var x = I.load(row + whole, count: rest)
      if let addend {
        x = I.add(x, I.load(addend + whole, count: rest))
        I.store(x, row + whole, count: rest)
      }
      squares = I.multiplyAdd(x, x, squares)
    }
    let mean = I.sum(squares) / Float(columnCount)
    let scale = I.splat(1 / (mean + epsilon).squareRoot())
    index = 0
    while index < whole {
      I.store(I.multiply(I.load(weight + index), I.multiply(I.load(row + index), scale)), output + index)
      index += 16
    }
    if rest > 0 {
      let x = I.multiply(I.load(row + whole, count: rest), scale)
      I.store(I.multiply(I.load(weight + whole, count: rest), x), output + whole, count: rest)
    }
  }
}

/// What a gate does to its numbers before they become factors.
@frozen
public enum GateFunction: UInt8, Sendable {
  /// x / (1 + e^-x). Source: Elfwing et al. 2017, arXiv 1702.03118.
  case silu
  /// 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). Source: Hendrycks and Gimpel 2016, arXiv 1606.08415.
  case geluTanh
}

/// The arguments of a gated product of some tokens.
public struct GateWork: BitwiseCopyable {
  /// What is done to the gates.
  public var function: GateFunction
  /// The gates of each token, then its factors, `[2 x columnCount]`.
  public var gateUp: UnsafePointer<Float>
  /// `[columnCount]` of each token.
  public var output: UnsafeMutablePointer<Float>
  /// Gates of a token.
  public var columnCount: Int
  /// Number of tokens.
  public var rowCount: Int

  /// Collects the arguments.
  @inlinable
  public init(
    function: GateFunction, gateUp: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
    columnCount: Int, rowCount: Int
  ) {
    self.function = function
    self.gateUp = gateUp
    self.output = output
    self.columnCount = columnCount
    self.rowCount = rowCount
  }

  /// `output[i] = function(gate[i]) * up[i]`.
  @inlinable @inline(__always)
  public func gate<I: VectorISA>(_ isa: I.Type) {
    switch function {
    case .silu: gate(isa) { $0 }
    case .geluTanh: gate(isa) { Self.geluArgument(isa, $0) }
    }
  }

  /// `output[i] = gate[i] / (1 + e^-argument(gate[i])) * up[i]`.
  @inlinable @inline(__always)
  func gate<I: VectorISA>(_ isa: I.Type, _ argument: (I.Floats) -> I.Floats) {
    for row in 0..<rowCount {
      let gates = gateUp + row * 2 * columnCount
      let factors = gates + columnCount
      let output = output + row * columnCount
      var index = 0
      while index + 16 <= columnCount {
        I.store(product(isa, I.load(gates + index), I.load(factors + index), argument), output + index)
        index += 16
      }
      let rest = columnCount - index
      if rest > 0 {
        let gated = product(
          isa, I.load(gates + index, count: rest), I.load(factors + index, count: rest), argument)
        I.store(gated, output + index, count: rest)
      }
    }
  }

  @inlinable @inline(__always)
  func product<I: VectorISA>(
    _ isa: I.Type, _ gate: I.Floats, _ factor: I.Floats, _ argument: (I.Floats) -> I.Floats
  ) -> I.Floats {
    let divisor = I.add(I.splat(1), I.exp(I.subtract(I.splat(0), argument(gate))))
    return I.multiply(I.divide(gate, divisor), factor)
  }

  /// GELU is x / (1 + e^-2u), u being what the tangent is taken of: 0.5 (1 + tanh u) = 1 / (1 + e^-2u).
  @inlinable @inline(__always)
  static func geluArgument<I: VectorISA>(_ isa: I.Type, _ x: I.Floats) -> I.Floats {
    // 2 sqrt(2 / pi), and 0.044715 times that.
    let linear = I.splat(1.595_769_1)
    let cubic = I.splat(0.071_354_816)
    return I.multiply(x, I.multiplyAdd(I.multiply(x, x), cubic, linear))
  }
}

/// The arguments of a soft cap on some numbers.
public struct SoftCapWork: BitwiseCopyable {
  /// `[count]`, changed in place.
  public var values: UnsafeMutablePointer<Float>
  /// Number of values.
  public var count: Int
  /// What no result exceeds in magnitude; above 0.
  public var cap: Float

  /// Collects the arguments.
  @inlinable
  public init(values: UnsafeMutablePointer<Float>, count: Int, cap: Float) {
    self.values = values
    self.count = count
    self.cap = cap
  }

  /// `values[i] = cap * tanh(values[i] / cap)`.
  @inlinable @inline(__always)
  public func apply<I: VectorISA>(_ isa: I.Type) {
    let caps = I.splat(cap)
    let factors = I.splat(1 / cap)
    var index = 0
    while index + 16 <= count {
      I.store(I.softCapped(I.load(values + index), cap: caps, factor: factors), values + index)
      index += 16
    }
    let rest = count - index
    if rest > 0 {
      let capped = I.softCapped(I.load(values + index, count: rest), cap: caps, factor: factors)
      I.store(capped, values + index, count: rest)
    }
  }
}

/// The arguments of the rotation of one token's heads.
public struct RotaryWork: BitwiseCopyable {
  /// `headCount` heads, the first 2 halfCount elements of each turned in place: element i with element i + halfCount.
  public var heads: UnsafeMutablePointer<Float>
  /// Number of heads.
  public var headCount: Int
  /// Floats from one head to the next; at least 2 halfCount.
  public var headStride: Int
  /// Pairs of a head that are turned.
  public var halfCount: Int
  /// `[halfCount]` of the token's position.
  public var cosines: UnsafePointer<Float>
  /// `[halfCount]` of the token's position, like `cosines`.
  public var sines: UnsafePointer<Float>

  /// Collects the arguments.
  @inlinable
  public init(
    heads: UnsafeMutablePointer<Float>, headCount: Int, headStride: Int, halfCount: Int,
    cosines: UnsafePointer<Float>, sines: UnsafePointer<Float>
  ) {
    self.heads = heads
    self.headCount = headCount
    self.headStride = headStride
    self.halfCount = halfCount
    self.cosines = cosines
    self.sines = sines
  }

  /// Turns all heads. Source: Su et al. 2021, "RoFormer", arXiv 2104.09864.
  @inlinable @inline(__always)
  public func rotate<I: VectorISA>(_ isa: I.Type) {
    for head in 0..<headCount {
      let first = heads + head * headStride
      let second = first + halfCount
      var index = 0
      while index + 16 <= halfCount {
        let (a, b) = turned(
          isa, I.load(first + index), I.load(second + index), I.load(cosines + index), I.load(sines + index))
        I.store(a, first + index)
        I.store(b, second + index)
        index += 16
      }
      let rest = halfCount - index
      if rest > 0 {
        let (a, b) = turned(
          isa, I.load(first + index, count: rest), I.load(second + index, count: rest),
          I.load(cosines + index, count: rest), I.load(sines + index, count: rest))
        I.store(a, first + index, count: rest)
        I.store(b, second + index, count: rest)
      }
    }
  }

  @inlinable @inline(__always)
  func turned<I: VectorISA>(
    _ isa: I.Type, _ a: I.Floats, _ b: I.Floats, _ cosine: I.Floats, _ sine: I.Floats
  ) -> (I.Floats, I.Floats) {
    (
      I.multiplySubtract(b, sine, from: I.multiply(a, cosine)),
      I.multiplyAdd(a, sine, I.multiply(b, cosine))
    )
  }
}

/// The arguments of storing one token's keys and values in the cache.
public struct StoreWork: BitwiseCopyable {
  /// `[headCount x headDimension]`, already rotated.
  public var keys: UnsafePointer<Float>
  /// `[headCount x headDimension]`.
  public var values: UnsafePointer<Float>
  /// The token's slot of dimension 0 of head 0's keys.
  public var keyTarget: UnsafeMutableRawPointer
  /// The token's slot of head 0's values.
  public var valueTarget: UnsafeMutableRawPointer
  /// Number of key/value heads.
  public var headCount: Int
  /// Elements of a head.
  public var headDimension: Int
  /// Positions of a block.
  public var blockSize: Int

  /// Collects the arguments.
  @inlinable
  public init(
    keys: UnsafePointer<Float>, values: UnsafePointer<Float>, keyTarget: UnsafeMutableRawPointer,
    valueTarget: UnsafeMutableRawPointer, headCount: Int, headDimension: Int, blockSize: Int
  ) {
    self.keys = keys
    self.values = values
    self.keyTarget = keyTarget
    self.valueTarget = valueTarget
    self.headCount = headCount
    self.headDimension = headDimension
    self.blockSize = blockSize
  }

  /// Converts, and stores keys as columns, values as rows. Returns the greatest magnitude among them, NaN passed over.
  @inlinable @inline(__always)
  public func store<I: VectorISA, E: KVNumbers>(_ isa: I.Type, _ elements: E.Type) -> Float {
    var (greatest, least) = (I.splat(0), I.splat(0))
    var converted = InlineArray<16, Float>(repeating: 0)
    withUnsafeMutablePointer(to: &converted) { converted in
      let vector = UnsafeMutableRawPointer(converted)
      for head in 0..<headCount {
        let start = head * headDimension
        let column = keyTarget + start * blockSize * E.byteCount
        let row = valueTarget + start * blockSize * E.byteCount
        var index = 0
        while index < headDimension {
          let count = Swift.min(16, headDimension - index)
          let isWhole = count == 16
          let keyPlace = keys + start + index
          let key = isWhole ? I.load(keyPlace) : I.load(keyPlace, count: count)
          E.store(isa, key, vector)
          for element in 0..<count {
            (column + (index + element) * blockSize * E.byteCount).copyMemory(
              from: vector + element * E.byteCount, byteCount: E.byteCount)
          }
          let valuePlace = values + start + index
          let value = isWhole ? I.load(valuePlace) : I.load(valuePlace, count: count)
          greatest = I.max(value, I.max(key, greatest))
          least = I.min(value, I.min(key, least))
          if isWhole {
            E.store(isa, value, row + index * E.byteCount)
          } else {
            E.store(isa, value, vector)
            (row + index * E.byteCount).copyMemory(from: vector, byteCount: count * E.byteCount)
          }
          index += 16
        }
      }
    }
    return Swift.max(I.greatest(greatest), I.greatest(I.subtract(I.splat(0), least)))
  }
}
