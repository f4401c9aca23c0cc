/// The kernels of one instruction set, as functions: what a module exports, and all that the rest of the program knows
/// of it. The parts' templates list the kernels once, for all modules and for the scalar twins.
public final class KernelTable: Sendable {
  /// Arranges the activations of some tokens.
  public typealias Arrange = @Sendable (UnsafePointer<QuantizeWork>) -> Void

  /// Products of packed weights and activations.
  public let products: ProductTable
  /// Activations to bytes: `QuantizeWork.quantize`.
  public let quantize: Arrange
  /// Products of bfloat16 pairs; nil where the module has none.
  public let bfloats: BFloatTable?
  /// Attention and what models do between products.
  public let vectors: VectorTable
  /// What measures the machine; nil where nothing is worth measuring.
  public let limits: LimitTable?

  /// Collects the parts.
  ///
  /// - Parameter addProducts: fills the table of products.
  public init(
    addProducts: (inout ProductTable) -> Void, quantize: @escaping Arrange, vectors: VectorTable,
    limits: LimitTable?
  ) {
    var products = ProductTable()
    addProducts(&products)
    self.products = products
    self.quantize = quantize
    self.vectors = vectors
    self.limits = limits
    bfloats = nil
  }

  private init(_ table: KernelTable, bfloats: BFloatTable) {
    var products = table.products
    products.add(bfloats.multiply, for: .floating(.bfloatPairs))
    self.products = products
    self.bfloats = bfloats
    quantize = table.quantize
    vectors = table.vectors
    limits = table.limits
  }

  /// The same with products of bfloat16 pairs.
  public func adding(_ bfloats: BFloatTable) -> KernelTable { KernelTable(self, bfloats: bfloats) }
}

/// What computes with pairs of bfloat16 numbers, which not every processor of an instruction set has instructions for.
public final class BFloatTable: Sendable {
  /// bfloat16 weights times activations rounded to bfloat16: `TileWork.multiplyBFloatPairs`.
  public let multiply: ProductTable.Multiply
  /// Activations to bfloat16: `QuantizeWork.roundToBFloats`.
  public let round: KernelTable.Arrange
  /// A loop that measures such products; nil where nothing is worth measuring.
  public let chains: LimitTable.Chains?

  /// Collects the functions.
  public init(
    multiply: @escaping ProductTable.Multiply, round: @escaping KernelTable.Arrange,
    chains: @escaping LimitTable.Chains
  ) {
    self.multiply = multiply
    self.round = round
    self.chains = chains
  }

  /// Collects functions that nobody measures.
  public init(multiply: @escaping ProductTable.Multiply, round: @escaping KernelTable.Arrange) {
    self.multiply = multiply
    self.round = round
    chains = nil
  }
}

/// Loops that measure how fast the machine can be; see `LimitChains`.
public final class LimitTable: Sendable {
  /// A loop over `LimitChains.byteCount` bytes, repeated; what it returns depends on all of it.
  public typealias Chains = @Sendable (_ numbers: UnsafeRawPointer, _ repetitions: Int) -> Float

  /// Rows of a vector.
  public let laneCount: Int
  /// Products of bytes.
  public let dotChains: Chains
  /// Chains of fp32 multiply-adds.
  public let multiplyAddChains: Chains

  /// Collects the loops.
  public init(laneCount: Int, dotChains: @escaping Chains, multiplyAddChains: @escaping Chains) {
    self.laneCount = laneCount
    self.dotChains = dotChains
    self.multiplyAddChains = multiplyAddChains
  }
}
