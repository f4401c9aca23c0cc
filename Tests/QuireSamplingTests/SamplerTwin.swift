import Foundation
import QuireRequests

/// The rules of sampling in fp64, written for reading: sorts everything, allocates freely, shares no code with the
/// sampler.
enum SamplerTwin {
  /// The probability of each token; nil when every token is excluded.
  static func probabilities(
    _ logits: [Float], _ params: SamplingParams, prompt: [Int32] = [], output: [Int32] = [],
    masked: [Int32] = [], badWords: [[Int32]] = []
  ) -> [Double]? {
    var z = logits.map(Double.init)
    if let allowed = params.allowedTokenIDs {
      for token in z.indices where !allowed.contains(Int32(token)) { z[token] = -.infinity }
    }
    for word in badWords where output.reversed().starts(with: word.dropLast().reversed()) {
      z[Int(word.last!)] = -.infinity
    }
    if output.count < params.minTokens {
      for id in masked { z[Int(id)] = -.infinity }
    }
    for (id, bias) in params.logitBias ?? [:] { z[Int(id)] += bias }
    for token in z.indices {
      let count = Double(output.filter { $0 == Int32(token) }.count)
      if count > 0 || prompt.contains(Int32(token)) {
        z[token] = z[token] > 0 ? z[token] / params.repetitionPenalty : z[token] * params.repetitionPenalty
      }
      z[token] -= params.frequencyPenalty * count
      if count > 0 { z[token] -= params.presencePenalty }
    }
    let largest = z.max()!
    guard largest > -.infinity else { return nil }
    if params.temperature == 0 {
      let best = z.firstIndex(of: largest)!
      return z.indices.map { $0 == best ? 1 : 0 }
    }
    z = z.map { ($0 - largest) / max(0.01, params.temperature) }
    var p = normalized(z.map { exp($0) })
    let mostProbable = p.max()!
    p = normalized(p.map { $0 < params.minP * mostProbable ? 0 : $0 })
    if params.topK > 0 && params.topK < p.count {
      let floor = z.sorted(by: >)[params.topK - 1]
      p = normalized(zip(p, z).map { $1 < floor ? 0 : $0 })
    }
    guard params.topP < 1 else { return p }
    var mass = 0.0
    var kept: Set<Int> = []
    for token in p.indices.sorted(by: { p[$0] > p[$1] || p[$0] == p[$1] && $0 < $1 }) {
      kept.insert(token)
      mass += p[token]
      if mass >= params.topP { break }
    }
    return normalized(p.indices.map { kept.contains($0) ? p[$0] : 0 })
  }

  /// The tokens that a uniform number may choose, in ascending order, when the running sums may be wrong by
  /// `tolerance`.
  static func draw(_ probabilities: [Double], _ uniform: Double, tolerance: Double) -> [Int32] {
    var chosen: [Int32] = []
    var before = 0.0
    for (token, p) in probabilities.enumerated() where p > 0 {
      if uniform >= before - tolerance && uniform < before + p + tolerance { chosen.append(Int32(token)) }
      before += p
    }
    return chosen
  }

  private static func normalized(_ masses: [Double]) -> [Double] {
    let total = masses.reduce(0, +)
    return masses.map { $0 / total }
  }
}
