/// The arguments of a look at one row of logits.
public struct LogitScan: BitwiseCopyable {
  /// `[chunkCount x chunkSize]`.
  public var logits: UnsafePointer<Float>
  /// Number of chunks, each one whole.
  public var chunkCount: Int
  /// `[chunkCount]`: receives the greatest logit of each.
  public var chunkMaxima: UnsafeMutablePointer<Float>

  /// Collects the arguments.
  @inlinable
  public init(logits: UnsafePointer<Float>, chunkCount: Int, chunkMaxima: UnsafeMutablePointer<Float>) {
    self.logits = logits
    self.chunkCount = chunkCount
    self.chunkMaxima = chunkMaxima
  }

  /// Logits of a chunk: four vectors.
  @inlinable @inline(__always)
  public static var chunkSize: Int { 64 }

  /// Writes the chunks' maxima and returns the greatest of all; NaN where a logit is NaN or plus infinity.
  @inlinable @inline(__always)
  public func scan<I: VectorISA>(_ isa: I.Type) -> Float {
    let lowest = I.splat(-.greatestFiniteMagnitude)
    let zero = I.splat(0)
    // Stays 0 until a factor of 0 makes NaN of a NaN or an infinity; minus infinity is lifted before.
    var poison = zero
    var greatest = I.splat(-.infinity)
    for chunk in 0..<chunkCount {
      var maxima = I.splat(-.infinity)
      for part in 0..<Self.chunkSize / 16 {
        let values = I.load(logits + chunk * Self.chunkSize + part * 16)
        poison = I.multiplyAdd(I.max(lowest, values), zero, poison)
        maxima = I.max(values, maxima)
      }
      chunkMaxima[chunk] = I.greatest(maxima)
      greatest = I.max(maxima, greatest)
    }
    return I.sum(poison) == 0 ? I.greatest(greatest) : .nan
  }
}
