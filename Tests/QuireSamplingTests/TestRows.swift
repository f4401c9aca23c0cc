import QuireRequests

@testable import QuireSampling

/// A small generator for test cases (SplitMix64; Steele, Lea and Flood, OOPSLA 2014): the same cases every run.
struct TestRandom {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number in 0..<bound.
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// A number in [0, 1).
  mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }

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
  _ params: SamplingParams, prompt: [Int32] = [], output: [Int32] = [], eos: [Int32] = [], key: UInt64 = 0
) -> SamplingState {
  let checker = StopChecker(
    params: params, eosTokenIDs: eos, outputTokenLimit: params.maxTokens ?? 1_000_000)
  var state = SamplingState(
    request: GenerationRequest(
      id: 0, promptTokenIDs: prompt, params: params, eosTokenIDs: eos, randomKey: key),
    stopChecker: checker)
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
