import QuireKernelBodies

/// Where the products of a matmul go.
enum ProductTarget {
  /// `[tokens × stride]`, the matrix's rows from the start of each token on.
  case rows(UnsafeMutablePointer<Float>, stride: Int)
  /// The matrix's two tensors are a gate and its factors: their gated products are arranged for the next matmul, and
  /// what they come of is kept no longer than a thread needs it.
  case gated(GatedTarget)
}

/// Gated products as the activations of the next matmul.
struct GatedTarget {
  /// What is done to the gates.
  let activation: GateActivation
  /// How they are arranged: in bytes.
  let arrangement: ActivationTiles
  /// Where: the first tile of the first token.
  let memory: UnsafeMutableRawPointer

  /// Panels of the gate that are multiplied and gated together, and as many of the factors: a record of the
  /// arranged activations, which one thread writes.
  static var unitPanelCount: Int { ActivationLayout.recordBlockCount }
  /// Columns of a unit, one for each row of its panels.
  static var unitColumnCount: Int { unitPanelCount * PanelLayout.rowCount }
  /// Tokens that pass a unit's panels together: their products stay in the nearer caches.
  static var tileCount: Int { 11 }

  /// Bytes of the products of the gates and factors of `tokenCount` tokens with a unit, and of their gated products.
  static func scratchByteCount(tokenCount: Int) -> Int {
    tokenCount * 3 * unitColumnCount * MemoryLayout<Float>.stride
  }

  /// Gates the products `[tokens × 2 × columns]` of one unit, and arranges the result.
  func arrange(
    _ products: UnsafeMutablePointer<Float>, unit: Int, tokens: Range<Int>, of group: TokenGroup,
    kernels: KernelTable
  ) {
    let first = unit * Self.unitColumnCount
    let end = min(first + Self.unitColumnCount, arrangement.columnCount)
    let gated = products + tokens.count * 2 * (end - first)
    let gate = GateWork(
      function: activation.function, gateUp: products, output: gated, columnCount: end - first,
      rowCount: tokens.count)
    withUnsafePointer(to: gate) { kernels.vectors.gate($0) }
    let work = QuantizeWork(
      values: gated - tokens.lowerBound * (end - first), columnCount: arrangement.columnCount,
      firstColumn: first, endColumn: end, tiles: memory + group.firstToken * arrangement.tokenByteCount,
      tokenTiles: group.tiles, firstToken: tokens.lowerBound, endToken: tokens.upperBound)
    withUnsafePointer(to: work) { kernels.quantize($0) }
  }
}
