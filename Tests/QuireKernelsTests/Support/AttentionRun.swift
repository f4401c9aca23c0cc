import QuireKernels
import QuirePlatform

/// How a test runs attention.
struct AttentionRun {
  var shape: AttentionCase
  var element: KVElement
  var blockSize: Int
  var instructionSet: InstructionSet
  var threadCount = 2
  var chunk = Int.max
  /// Whether what sequences have in common lies in the same blocks.
  var isSharing = false
  /// How many positions more another layer of the group sees through its window.
  var groupSlack = 0
  /// What stands in slots of the cache that nothing has been stored in.
  var rubbish: UInt8 = 0x7B

  /// Outputs of each sequence, `[tokens × query heads × dimension]`; `chunk` tokens of a sequence a call.
  func outputs(_ sequences: [TestSequence]) -> [[Float]] {
    let layout = KVBlockLayout(
      keyValueHeadCount: shape.keyValueHeads, headDimension: shape.dimension, blockSize: blockSize,
      element: element)
    let counts = sequences.map { ($0.context + blockSize - 1) / blockSize }
    let blockCount = counts.reduce(0, +)
    // A cache has other layers between the blocks of one.
    let blockStride = 3 * layout.blockByteCount
    let cache = AlignedBuffer<UInt8>(count: blockCount * blockStride + KVBlockLayout.readSlack)
    // Blocks are dealt out from the last to the first, and hold rubbish where nothing has been stored.
    cache.pointer.update(repeating: rubbish, count: cache.count)
    var next = Int32(blockCount)
    let width = shape.keyValueHeads * shape.dimension
    var tables: [[Int32]] = []
    for (sequence, count) in zip(sequences, counts) {
      // Full blocks are shared; the others, and those that come after, are written.
      let sharedCount = isSharing ? sequence.size.shared / blockSize : 0
      var table = sharedCount > 0 ? Array(tables[sequence.size.parent!].prefix(sharedCount)) : []
      for _ in sharedCount..<count {
        next -= 1
        table.append(next)
      }
      tables.append(table)
      sequence.keys.withUnsafeBufferPointer { keys in
        sequence.values.withUnsafeBufferPointer { values in
          for position in sharedCount * blockSize..<sequence.context {
            Kernels.append(
              keys: keys.baseAddress! + position * width, values: values.baseAddress! + position * width,
              to: cache.pointer + Int(table[position / blockSize]) * blockStride,
              slot: position % blockSize, layout: layout, instructionSet: instructionSet)
          }
        }
      }
    }
    let groupWindow = shape.window.map { $0 + groupSlack }
    for (index, sequence) in sequences.enumerated() {
      // Blocks out of sight have been given up.
      let first = max(0, sequence.context - sequence.tokens - ((groupWindow ?? .max) - 1))
      for row in 0..<first / blockSize { tables[index][row] = -1 }
    }
    let attention = AttentionShape(
      layout: layout, blockStride: blockStride, groupSize: shape.group,
      scale: 1 / Float(shape.dimension).squareRoot(), softCap: shape.softCap)
    let team = ThreadTeam(threadCount: threadCount)
    let queries = sequences.flatMap(\.queries)
    let rowWidth = shape.group * width
    var output = [Float](repeating: .nan, count: queries.count)
    let flatTables = tables.flatMap { $0 }
    flatTables.withUnsafeBufferPointer { flat in
      for start in stride(from: 0, to: sequences.map(\.tokens).max()!, by: min(chunk, 1 << 20)) {
        var segments: [AttentionSegment] = []
        var (token, table) = (0, 0)
        for (sequence, count) in zip(sequences, counts) {
          let end = min(sequence.tokens, start + min(chunk, 1 << 20))
          if start < end {
            segments.append(
              AttentionSegment(
                tokenStart: token + start, tokenCount: end - start,
                contextStart: sequence.context - sequence.tokens + start,
                blockTable: flat.baseAddress! + table))
          }
          token += sequence.tokens
          table += count
        }
        var (shares, reads) = (AttentionShares(), AttentionReads())
        segments.withUnsafeBufferPointer {
          shares.prepare($0, attention, threadCount: threadCount)
          reads.prepare(shares, $0, attention, window: groupWindow)
        }
        Kernels.pagedAttention(
          queries: queries, queryStride: rowWidth, blocks: cache.pointer, shares: shares, reads: reads,
          shape: attention, window: shape.window, into: &output, on: team, instructionSet: instructionSet)
      }
    }
    var start = 0
    return sequences.map { sequence in
      defer { start += sequence.tokens * rowWidth }
      return Array(output[start..<start + sequence.tokens * rowWidth])
    }
  }
}
