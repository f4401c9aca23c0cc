import Foundation
import QuireKernels
import QuirePlatform
import Testing

/// Shapes of attention: query heads of a group, key/value heads, head dimension, window.
struct AttentionCase: CustomTestStringConvertible {
  var group: Int
  var keyValueHeads: Int
  var dimension: Int
  var window: Int?

  var testDescription: String { "\(group) × \(keyValueHeads) heads of \(dimension), window \(window ?? 0)" }
}

/// One sequence of `context` positions of which the last `tokens` are computed.
private struct TestSequence {
  let context: Int
  let tokens: Int
  let keys: [Float]
  let values: [Float]
  let queries: [Float]
}

@Suite("Paged attention")
struct PagedAttentionTests {
  static let cases = [
    AttentionCase(group: 1, keyValueHeads: 1, dimension: 1, window: nil),
    AttentionCase(group: 3, keyValueHeads: 3, dimension: 64, window: nil),
    AttentionCase(group: 2, keyValueHeads: 2, dimension: 20, window: nil),
    AttentionCase(group: 7, keyValueHeads: 1, dimension: 12, window: 5),
    AttentionCase(group: 1, keyValueHeads: 4, dimension: 8, window: 300),
    AttentionCase(group: 30, keyValueHeads: 1, dimension: 16, window: 1),
    AttentionCase(group: 4, keyValueHeads: 2, dimension: 80, window: nil),
  ]
  /// (context, new tokens) of the sequences of a batch; two reach over a tile of 256 positions.
  private static let sizes = [(1, 1), (5, 5), (17, 1), (40, 23), (300, 9), (530, 1), (262, 7), (40, 40)]

  @Test("equals the scalar twin for prefill and decode in one batch", arguments: cases)
  func scalarTwin(shape: AttentionCase) {
    let sequences = Self.sequences(shape)
    let expected = sequences.map { Self.twin($0, shape) }
    for blockSize in [1, 7, 16, 48] {
      let result = Self.run(sequences, shape, blockSize: blockSize, threadCount: 2)
      for (output, expected) in zip(result, expected) {
        #expect(relativeDifference(output, expected) < 2e-6)
      }
    }
  }

  @Test(
    "has the same bits whatever the block size, the threads, the chunks and the neighbours", arguments: cases)
  func sameBits(shape: AttentionCase) {
    let sequences = Self.sequences(shape)
    let whole = Self.run(sequences, shape, blockSize: 16, threadCount: 1)
    for blockSize in [1, 5, 8, 16, 40, 256] {
      #expect(Self.run(sequences, shape, blockSize: blockSize, threadCount: 2) == whole)
    }
    for (index, sequence) in sequences.enumerated() {
      #expect(Self.run([sequence], shape, blockSize: 16, threadCount: 2)[0] == whole[index])
      #expect(Self.run([sequence], shape, blockSize: 16, threadCount: 2, chunk: 1)[0] == whole[index])
      #expect(Self.run([sequence], shape, blockSize: 5, threadCount: 1, chunk: 7)[0] == whole[index])
    }
  }

  private static func sequences(_ shape: AttentionCase) -> [TestSequence] {
    var numbers = Numbers(seed: 21)
    return sizes.map { context, tokens in
      let width = shape.keyValueHeads * shape.dimension
      return TestSequence(
        context: context, tokens: tokens, keys: numbers.array(context * width, scale: 2),
        values: numbers.array(context * width), queries: numbers.array(tokens * shape.group * width, scale: 2)
      )
    }
  }

  /// Outputs of each sequence, `[tokens × query heads × dimension]`; `chunk` tokens of a sequence a call.
  private static func run(
    _ sequences: [TestSequence], _ shape: AttentionCase, blockSize: Int, threadCount: Int, chunk: Int = .max
  ) -> [[Float]] {
    let layout = KVBlockLayout(
      keyValueHeadCount: shape.keyValueHeads, headDimension: shape.dimension, blockSize: blockSize)
    let counts = sequences.map { ($0.context + blockSize - 1) / blockSize }
    let blockCount = counts.reduce(0, +)
    let cache = AlignedBuffer<Float>(count: blockCount * layout.blockElementCount + KVBlockLayout.readSlack)
    // Blocks are dealt out from the last to the first, and hold rubbish where nothing has been stored.
    cache.pointer.update(repeating: 1e9, count: cache.count)
    var next = Int32(blockCount)
    let tables = counts.map { count in
      (0..<count).map { _ in
        next -= 1
        return next
      }
    }
    let width = shape.keyValueHeads * shape.dimension
    for (sequence, table) in zip(sequences, tables) {
      sequence.keys.withUnsafeBufferPointer { keys in
        sequence.values.withUnsafeBufferPointer { values in
          for position in 0..<sequence.context {
            Kernels.append(
              keys: keys.baseAddress! + position * width, values: values.baseAddress! + position * width,
              to: cache.pointer + Int(table[position / blockSize]) * layout.blockElementCount,
              slot: position % blockSize, layout: layout)
          }
        }
      }
    }
    let attention = AttentionShape(
      layout: layout, groupSize: shape.group, scale: 1 / Float(shape.dimension).squareRoot())
    let team = ThreadTeam(threadCount: threadCount)
    let queries = sequences.flatMap(\.queries)
    let rowWidth = shape.group * width
    var output = [Float](repeating: .nan, count: queries.count)
    let flatTables = tables.flatMap { $0 }
    flatTables.withUnsafeBufferPointer { flat in
      for start in stride(from: 0, to: sequences.map(\.tokens).max()!, by: min(chunk, 1 << 20)) {
        var segments: [AttentionSegment] = []
        var items: [AttentionItem] = []
        var (token, table) = (0, 0)
        for (sequence, count) in zip(sequences, counts) {
          let end = min(sequence.tokens, start + min(chunk, 1 << 20))
          if start < end {
            let segment = AttentionSegment(
              tokenStart: token + start, tokenCount: end - start,
              contextStart: sequence.context - sequence.tokens + start, blockTable: flat.baseAddress! + table)
            attention.appendItems(of: segment, index: segments.count, to: &items)
            segments.append(segment)
          }
          token += sequence.tokens
          table += count
        }
        items.withUnsafeBufferPointer {
          Kernels.pagedAttention(
            queries: queries, queryStride: rowWidth, blocks: cache.pointer, segments: segments, items: $0,
            shape: attention, window: shape.window, into: &output, on: team)
        }
      }
    }
    var start = 0
    return sequences.map { sequence in
      defer { start += sequence.tokens * rowWidth }
      return Array(output[start..<start + sequence.tokens * rowWidth])
    }
  }

  /// Attention by its definition, in double precision.
  private static func twin(_ sequence: TestSequence, _ shape: AttentionCase) -> [Float] {
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

  private static func dot(_ a: [Float], _ aStart: Int, _ b: [Float], _ bStart: Int, _ count: Int) -> Double {
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        var sum = 0.0
        for index in 0..<count { sum += Double(a[aStart + index]) * Double(b[bStart + index]) }
        return sum
      }
    }
  }

  private static func weightedSum(_ weights: [Double], _ values: [Float], _ start: Int, stride: Int) -> Double
  {
    weights.withUnsafeBufferPointer { weights in
      values.withUnsafeBufferPointer { values in
        var sum = 0.0
        for index in 0..<weights.count { sum += weights[index] * Double(values[start + index * stride]) }
        return sum
      }
    }
  }
}
