import QuireRequests
import QuireTestSupport

@testable import QuireSampling

extension TestRandom {
  /// `count` logits, roughly normal with this deviation; with `step` they are multiples of it, so that many tie.
  mutating func logits(_ count: Int, deviation: Double, step: Double = 0, excluded: Int = 0) -> [Float] {
    var row = (0..<count).map { _ in
      let normal = (0..<6).reduce(-3.0) { sum, _ in sum + uniform() } * 2.0.squareRoot()
      return Float(step == 0 ? normal * deviation : (normal * deviation / step).rounded() * step)
    }
    for _ in 0..<excluded { row[below(count)] = -.infinity }
    return row
  }
}

/// The state of a sequence with the given output.
func makeState(
  _ params: SamplingParams, prompt: [Int32] = [], output: [Int32] = [], eos: [Int32] = [],
  badWords: [[Int32]] = [], key: UInt64 = 0
) -> SamplingState {
  let checker = StopChecker(
    params: params, eosTokenIDs: eos, outputTokenLimit: params.maxTokens ?? 1_000_000)
  var state = SamplingState(
    params: params, promptTokenIDs: prompt, stopChecker: checker,
    tokenConstraints: TokenConstraints(params, badWords: badWords),
    stream: RandomStream(seed: params.seed, randomKey: key))
  for id in output { state.append(id) }
  return state
}

/// Draws once from a copy of the row.
func sample(_ row: [Float], _ state: SamplingState) throws(SamplingError) -> Int32 {
  var sampler = Sampler(vocabularySize: row.count)
  return try sample(row, state, &sampler)
}

func sample(
  _ row: [Float], _ state: SamplingState, _ sampler: inout Sampler
) throws(SamplingError) -> Int32 {
  let copy = UnsafeMutableBufferPointer<Float>.allocate(capacity: row.count)
  defer { copy.deallocate() }
  _ = copy.initialize(from: row)
  return try sampler.sample(copy, state)
}
