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
    cache.pointer.update(repeating: 0x7B, count: cache.count)
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
              to: cache.pointer + Int(table[position / blockSize]) * blockStride,
              slot: position % blockSize, layout: layout, instructionSet: instructionSet)
          }
        }
      }
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
            shape: attention, window: shape.window, into: &output, on: team,
            instructionSet: instructionSet)
        }
      }
    }
    var start = 0
    return sequences.map { sequence in
      defer { start += sequence.tokens * rowWidth }
      return Array(output[start..<start + sequence.tokens * rowWidth])
    }
  }
}
