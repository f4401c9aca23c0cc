/// Attention and the row kernels of one instruction set, as functions.
public final class VectorTable: Sendable {
  /// A kernel with arguments of a type.
  public typealias Kernel<Work, Result> = @Sendable (UnsafePointer<Work>) -> Result

  /// Attention over half-precision keys and values.
  public let attendHalves: Kernel<AttentionWork, Void>
  /// Attention over single-precision keys and values.
  public let attendSingles: Kernel<AttentionWork, Void>
  /// Attention over keys and values as bytes.
  public let attendBytes: Kernel<AttentionWork, Void>
  /// Stores keys and values in half precision, and returns the greatest magnitude among them.
  public let storeHalves: Kernel<StoreWork, Float>
  /// Stores keys and values in single precision.
  public let storeSingles: Kernel<StoreWork, Void>
  /// Stores keys and values as bytes, and returns the greatest magnitude among them.
  public let storeBytes: Kernel<ByteStoreWork, Float>
  /// The entry that norms rows.
  public let normalize: Kernel<NormWork, Void>
  /// The entry that gates products.
  public let gate: Kernel<GateWork, Void>
  /// The entry that caps numbers softly.
  public let softCap: Kernel<SoftCapWork, Void>
  /// The entry that turns heads by their position.
  public let rotate: Kernel<RotaryWork, Void>
  /// The greatest logit of a row.
  public let scanLogits: Kernel<LogitScan, Float>
  /// The sum of a row's exponentials.
  public let sumLogits: Kernel<LogitSum, Double>
  /// A row's probabilities and their sum.
  public let exponentiateLogits: Kernel<LogitExponentials, Double>

  /// Collects the kernels: a module has all of them.
  public init(
    attendHalves: @escaping Kernel<AttentionWork, Void>, attendSingles: @escaping Kernel<AttentionWork, Void>,
    attendBytes: @escaping Kernel<AttentionWork, Void>,
    storeHalves: @escaping Kernel<StoreWork, Float>, storeSingles: @escaping Kernel<StoreWork, Void>,
    storeBytes: @escaping Kernel<ByteStoreWork, Float>,
    normalize: @escaping Kernel<NormWork, Void>, gate: @escaping Kernel<GateWork, Void>,
    softCap: @escaping Kernel<SoftCapWork, Void>, rotate: @escaping Kernel<RotaryWork, Void>,
    scanLogits: @escaping Kernel<LogitScan, Float>, sumLogits: @escaping Kernel<LogitSum, Double>,
    exponentiateLogits: @escaping Kernel<LogitExponentials, Double>
  ) {
    self.attendHalves = attendHalves
    self.attendSingles = attendSingles
    self.attendBytes = attendBytes
    self.storeHalves = storeHalves
    self.storeSingles = storeSingles
    self.storeBytes = storeBytes
    self.normalize = normalize
    self.gate = gate
    self.softCap = softCap
    self.rotate = rotate
    self.scanLogits = scanLogits
    self.sumLogits = sumLogits
    self.exponentiateLogits = exponentiateLogits
  }
}
