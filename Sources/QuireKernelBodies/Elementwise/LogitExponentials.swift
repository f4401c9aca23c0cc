/// The arguments of turning one row of logits into unnormalised probabilities e^((logit - greatest) / temperature).
public struct LogitExponentials: BitwiseCopyable {
  /// `[chunkCount x LogitScan.chunkSize]`: logits, then probabilities; chunks without any are left as they are.
  public var values: UnsafeMutablePointer<Float>
  /// Number of chunks, each one whole.
  public var chunkCount: Int
  /// `[chunkCount]`: the greatest logit of each, from `LogitScan`.
  public var chunkMaxima: UnsafePointer<Float>
  /// `[chunkCount]`: receives the sum of each.
  public var chunkMasses: UnsafeMutablePointer<Double>
  /// The greatest logit of all; finite.
  public var greatest: Float
  /// What divides the logits, above 0.
  public var temperature: Float
  /// Logits below it have no probability.
  public var floor: Float
  /// Probabilities below it become 0; a normal number above 0.
  public var leastMass: Float
  /// What (logit - greatest) / temperature must exceed for `leastMass` to be reached, or a little less.
  public var leastScaled: Float

  /// Collects the arguments.
  @inlinable
  public init(
    values: UnsafeMutablePointer<Float>, chunkCount: Int, chunkMaxima: UnsafePointer<Float>,
    chunkMasses: UnsafeMutablePointer<Double>, greatest: Float, temperature: Float, floor: Float,
    leastMass: Float, leastScaled: Float
  ) {
    self.values = values
    self.chunkCount = chunkCount
    self.chunkMaxima = chunkMaxima
    self.chunkMasses = chunkMasses
    self.greatest = greatest
    self.temperature = temperature
    self.floor = floor
    self.leastMass = leastMass
    self.leastScaled = leastScaled
  }

  /// Writes probabilities and sums, in a fixed order, and returns the sum of all.
  @inlinable @inline(__always)
  public func exponentiate<I: VectorISA>(_ isa: I.Type) -> Double {
    let greatests = I.splat(greatest)
    let temperatures = I.splat(temperature)
    let floors = I.splat(floor)
    let leastMasses = I.splat(leastMass)
    var total = 0.0
    for chunk in 0..<chunkCount {
      let maximum = chunkMaxima[chunk]
      guard maximum >= floor, (maximum - greatest) / temperature >= leastScaled else {
        chunkMasses[chunk] = 0
        continue
      }
      var sums = I.splat(0)
      for part in 0..<LogitScan.chunkSize / 16 {
        let address = values + chunk * LogitScan.chunkSize + part * 16
        let logits = I.load(address)
        var masses = I.exp(I.divide(I.subtract(logits, greatests), temperatures))
        masses = I.keep(masses, where: masses, isAtLeast: leastMasses)
        masses = I.keep(masses, where: logits, isAtLeast: floors)
        I.store(masses, address)
        sums = I.add(sums, masses)
      }
      let mass = Double(I.sum(sums))
      chunkMasses[chunk] = mass
      total += mass
    }
    return total
  }
}
