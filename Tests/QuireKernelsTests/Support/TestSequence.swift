import Foundation
import QuireKernels
import Testing

/// Shapes of attention: query heads of a group, key/value heads, head dimension, window, soft cap on scores.
struct AttentionCase: CustomTestStringConvertible {
  var group: Int
  var keyValueHeads: Int
  var dimension: Int
  var window: Int?
  var softCap: Float?

  var testDescription: String {
    "\(group) × \(keyValueHeads) heads of \(dimension), window \(window ?? 0), cap \(softCap ?? 0)"
  }
}

/// The lengths of a sequence, and what it has in common with an earlier one.
struct SequenceSize {
  /// Positions, and how many of the last are computed.
  let context: Int
  let tokens: Int
  /// The number of an earlier sequence.
  let parent: Int?
  /// Positions that both begin with.
  let shared: Int

  init(_ context: Int, _ tokens: Int, parent: Int? = nil, shared: Int = 0) {
    self.context = context
    self.tokens = tokens
    self.parent = parent
    self.shared = shared
  }

  /// `count` sequences of up to `longest` positions, which begin as any earlier one does, for any length.
  static func random(_ count: Int, longest: Int, _ numbers: inout Numbers) -> [SequenceSize] {
    func below(_ bound: Int) -> Int { min(bound - 1, Int((numbers.next() + 1) / 2 * Float(bound))) }
    var sizes: [SequenceSize] = []
    for index in 0..<count {
      let context = 1 + below(longest)
      let tokens = below(4) > 0 ? 1 : 1 + below(min(context, 30))
      let parent = index > 0 && below(8) > 0 ? below(index) : nil
      let most = parent.map { min(context, sizes[$0].context) } ?? 0
      // Most branch late.
      sizes.append(SequenceSize(context, tokens, parent: parent, shared: most - below(most / 3 + 1)))
    }
    return sizes
  }
}

/// One sequence of `context` positions of which the last `tokens` are computed.
struct TestSequence {
  let size: SequenceSize
  let keys: [Float]
  let values: [Float]
  let queries: [Float]

  var context: Int { size.context }
  var tokens: Int { size.tokens }

  /// Sequences of random numbers, as a cache of `element` keeps them.
  static func make(_ shape: AttentionCase, _ element: KVElement, _ sizes: [SequenceSize]) -> [TestSequence] {
    var numbers = Numbers(seed: 21)
    let width = shape.keyValueHeads * shape.dimension
    var sequences: [TestSequence] = []
    for size in sizes {
      let parent = size.parent.map { sequences[$0] }
      let ownCount = (size.context - size.shared) * width
      sequences.append(
        TestSequence(
          size: size,
          keys: Array(parent?.keys.prefix(size.shared * width) ?? [])
            + stored(numbers.array(ownCount, scale: 2), element),
          values: Array(parent?.values.prefix(size.shared * width) ?? [])
            + stored(numbers.array(ownCount), element),
          queries: numbers.array(size.tokens * shape.group * width, scale: 2)))
    }
    return sequences
  }

  /// The numbers as a cache keeps them.
  private static func stored(_ values: [Float], _ element: KVElement) -> [Float] {
    guard element == .float16 else { return values }
    // Eleven significant bits: nothing here is so small that a half were subnormal.
    return values.map { value in
      let steps = Float(sign: .plus, exponent: max(value.exponent, -14) - 10, significand: 1)
      return (value / steps).rounded(.toNearestOrEven) * steps
    }
  }
}

/// How far outputs may lie from those of the definition: bytes are rounded.
func attentionTolerance(_ element: KVElement) -> Float { element == .int8 ? 0.05 : 2e-6 }

/// Attention by its definition, in double precision.
func attentionTwin(_ sequence: TestSequence, _ shape: AttentionCase) -> [Float] {
  let (dimension, width) = (shape.dimension, shape.keyValueHeads * shape.dimension)
  var output: [Float] = []
  for token in 0..<sequence.tokens {
    let position = sequence.context - sequence.tokens + token
    let first = max(0, position - ((shape.window ?? .max) - 1))
    for head in 0..<shape.group * shape.keyValueHeads {
      let query = token * shape.group * width + head * dimension
      let offset = head / shape.group * dimension
      let scores = (first...position).map {
        dot(sequence.queries, query, sequence.keys, $0 * width + offset, dimension)
          / Double(dimension).squareRoot()
      }
      .map { score in shape.softCap.map { Double($0) * tanh(score / Double($0)) } ?? score }
      let greatest = scores.max()!
      let weights = scores.map { exp($0 - greatest) }
      let sum = weights.reduce(0, +)
      for index in 0..<dimension {
        let start = first * width + offset + index
        output.append(Float(weightedSum(weights, sequence.values, start, stride: width) / sum))
      }
    }
  }
  return output
}

private func dot(_ a: [Float], _ aStart: Int, _ b: [Float], _ bStart: Int, _ count: Int) -> Double {
  a.withUnsafeBufferPointer { a in
    b.withUnsafeBufferPointer { b in
      var sum = 0.0
      for index in 0..<count { sum += Double(a[aStart + index]) * Double(b[bStart + index]) }
      return sum
    }
  }
}

private func weightedSum(_ weights: [Double], _ values: [Float], _ start: Int, stride: Int) -> Double {
  weights.withUnsafeBufferPointer { weights in
    values.withUnsafeBufferPointer { values in
      var sum = 0.0
      for index in 0..<weights.count { sum += weights[index] * Double(values[start + index * stride]) }
      return sum
    }
  }
}
