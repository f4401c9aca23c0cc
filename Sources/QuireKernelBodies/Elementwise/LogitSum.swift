/// The arguments of the sum of e^(logit - greatest) over one row of logits.
public struct LogitSum: BitwiseCopyable {
  /// `[chunkCount x LogitScan.chunkSize]`.
  public var logits: UnsafePointer<Float>
  /// Number of chunks, each one whole.
  public var chunkCount: Int
  /// `[chunkCount]`: the greatest logit of each, from `LogitScan`.
  public var chunkMaxima: UnsafePointer<Float>
  /// The greatest logit of all; finite.
  public var greatest: Float

  /// Collects the arguments.
  @inlinable
  public init(
    logits: UnsafePointer<Float>, chunkCount: Int, chunkMaxima: UnsafePointer<Float>, greatest: Float
  ) {
    self.logits = logits
    self.chunkCount = chunkCount
    self.chunkMaxima = chunkMaxima
    self.greatest = greatest
  }

  /// Chunks whose terms are added up in single precision before they join the sum: 128 terms a lane keep the sum's
  /// relative error below that of one term.
  @inlinable @inline(__always)
  static var chunksAtATime: Int { 32 }

  /// Below this a term is exactly 0.
  @inlinable @inline(__always)
  static var underflow: Float { -105 }

  /// The sum, in a fixed order; chunks all of whose terms are 0 are passed over.
  @inlinable @inline(__always)
  public func sum<I: VectorISA>(_ isa: I.Type) -> Double {
    let greatest = I.splat(greatest)
    var total = 0.0
    var start = 0
    while start < chunkCount {
      let end = Swift.min(chunkCount, start + Self.chunksAtATime)
      var terms = I.splat(0)
      for chunk in start..<end where chunkMaxima[chunk] - self.greatest > Self.underflow {
        for part in 0..<LogitScan.chunkSize / 16 {
          let values = I.load(logits + chunk * LogitScan.chunkSize + part * 16)
          terms = I.add(terms, I.exp(I.subtract(values, greatest)))
        }
      }
      total += Double(I.sum(terms))
      start = end
    }
    return total
  }
}
