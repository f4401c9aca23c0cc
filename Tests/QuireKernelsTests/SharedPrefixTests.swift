import QuireKernels
import QuirePlatform
import Testing

@Suite("Attention over blocks that sequences share")
struct SharedPrefixTests {
  private static let cases = [
    AttentionCase(group: 3, keyValueHeads: 2, dimension: 64, window: nil),
    AttentionCase(group: 1, keyValueHeads: 3, dimension: 20, window: nil),
    AttentionCase(group: 7, keyValueHeads: 1, dimension: 32, window: nil),
    AttentionCase(group: 6, keyValueHeads: 1, dimension: 48, window: 300),
    AttentionCase(group: 2, keyValueHeads: 1, dimension: 33, window: 100),
    AttentionCase(group: 4, keyValueHeads: 1, dimension: 16, window: 700),
    AttentionCase(group: 2, keyValueHeads: 1, dimension: 64, window: nil, softCap: 1.5),
    AttentionCase(group: 13, keyValueHeads: 1, dimension: 16, window: nil),
  ]

  /// Forks within a prompt that begins as others do, over several tiles of 256 positions; chunks of prompts, and sequences
  /// that are alone.
  private static let nested = [
    SequenceSize(700, 1), SequenceSize(705, 1, parent: 0, shared: 640),
    SequenceSize(650, 1, parent: 0, shared: 640), SequenceSize(900, 1, parent: 1, shared: 700),
    SequenceSize(300, 3, parent: 0, shared: 290), SequenceSize(640, 2, parent: 2, shared: 638),
    SequenceSize(40, 1), SequenceSize(257, 1, parent: 0, shared: 256),
    SequenceSize(530, 37, parent: 0, shared: 490), SequenceSize(530, 1, parent: 8, shared: 530),
    SequenceSize(768, 1, parent: 3, shared: 768), SequenceSize(1100, 1, parent: 3, shared: 880),
  ]

  @Test("equals the scalar twin", arguments: cases, KVElement.allCases)
  func scalarTwin(shape: AttentionCase, element: KVElement) {
    let sequences = TestSequence.make(shape, element, Self.nested)
    let expected = sequences.map { attentionTwin($0, shape) }
    for instructionSet in InstructionSet.available {
      let run = AttentionRun(
        shape: shape, element: element, blockSize: 16, instructionSet: instructionSet, isSharing: true)
      for (output, expected) in zip(run.outputs(sequences), expected) {
        #expect(relativeDifference(output, expected) < attentionTolerance(element))
      }
    }
  }

  @Test("has the bits of attention over blocks of each one's own", arguments: cases, KVElement.allCases)
  func sameBits(shape: AttentionCase, element: KVElement) {
    let sequences = TestSequence.make(shape, element, Self.nested)
    for instructionSet in InstructionSet.available {
      var run = AttentionRun(
        shape: shape, element: element, blockSize: 16, instructionSet: instructionSet, threadCount: 1)
      let alone = run.outputs(sequences)
      run.isSharing = true
      for (blockSize, threadCount, slack) in [(16, 1, 0), (16, 3, 40), (1, 1, 0), (7, 2, 5), (48, 1, 300)]
      where blockSize % element.blockSizeUnit == 0 {
        (run.blockSize, run.threadCount, run.groupSlack) = (blockSize, threadCount, slack)
        #expect(run.outputs(sequences) == alone, "blocks of \(blockSize), \(threadCount) threads")
      }
    }
  }

  @Test("has the bits of attention over blocks of each one's own, whatever is shared", arguments: 0..<24)
  func randomTables(seed: Int) {
    var numbers = Numbers(seed: UInt64(900 + seed))
    let shape = AttentionCase(
      group: [1, 2, 3, 4, 6, 7][seed % 6], keyValueHeads: 1 + seed % 2, dimension: 8 + seed % 3 * 8,
      window: seed % 4 == 3 ? 1 + seed * 20 : nil)
    let sizes = SequenceSize.random(
      [2, 5, 17, 64][seed / 6], longest: [1200, 900, 600, 400][seed / 6], &numbers)
    let sequences = TestSequence.make(shape, .float16, sizes)
    for instructionSet in InstructionSet.available {
      var run = AttentionRun(
        shape: shape, element: .float16, blockSize: [16, 5, 32][seed % 3], instructionSet: instructionSet)
      let alone = run.outputs(sequences)
      run.isSharing = true
      for threadCount in [1, 2, 5] {
        run.threadCount = threadCount
        #expect(run.outputs(sequences) == alone)
      }
    }
  }

  /// What the shares of sequences read in blocks of 16; each a table and the positions before its one token.
  private func readCounts(
    _ sequences: [(table: [Int32], context: Int)], window: Int? = nil, heads: Int = 8, threadCount: Int = 1
  ) -> (itemCount: Int, positionCount: Int) {
    let layout = KVBlockLayout(
      keyValueHeadCount: heads, headDimension: 64, blockSize: 16, element: .float16)
    let shape = AttentionShape(
      layout: layout, blockStride: layout.blockByteCount, groupSize: 3, scale: 1)
    let flat = AlignedBuffer<Int32>(count: sequences.reduce(0) { $0 + $1.table.count })
    var start = 0
    var segments: [AttentionSegment] = []
    for (index, sequence) in sequences.enumerated() {
      (flat.pointer + start).update(from: sequence.table, count: sequence.table.count)
      segments.append(
        AttentionSegment(
          tokenStart: index, tokenCount: 1, contextStart: sequence.context, blockTable: flat.pointer + start))
      start += sequence.table.count
    }
    var (shares, reads) = (AttentionShares(), AttentionReads())
    segments.withUnsafeBufferPointer {
      shares.prepare($0, shape, threadCount: threadCount)
      reads.prepare(shares, $0, shape, window: window)
    }
    return (shares.itemCount, reads.positionCount)
  }

  @Test("positions in common are read once for all of a bundle, at every level")
  func positionCounts() {
    let prompt = (0..<20).map(Int32.init)
    // Three sequences of 20 blocks in common, two of them of 30; and a token of their own.
    let first = (table: prompt + (100..<111), context: 490)
    let second = (table: prompt + (100..<110) + [200, 201], context: 500)
    let third = (table: prompt + (300..<304), context: 380)
    #expect(readCounts([first]) == (8, 491))
    #expect(readCounts([first, second, third]) == (8, 480 + 11 + 21 + 61))
    #expect(readCounts([third, first, second]) == (8, 480 + 11 + 21 + 61))
    // Nothing in common, or too little.
    let other = (table: Array(400..<432) as [Int32], context: 500)
    let begun = (table: Array(prompt[..<3]) + (500..<529), context: 500)
    #expect(readCounts([first, other, begun]) == (24, 491 + 501 + 501))
    // Positions 400 on see 101 on and no blocks before: what both see is read once.
    let visible = [Int32](repeating: -1, count: 6) + prompt[6...]
    let seen = (table: visible + (600..<606), context: 400)
    let later = (table: visible + (700..<708), context: 430)
    #expect(readCounts([seen, later], window: 300) == (8, (401 - 101) + (431 - 320)))
  }

  @Test("bundles are smaller where many threads share few of them")
  func balance() {
    let prompt = (0..<60).map(Int32.init)
    let sequences = (0..<64).map { (table: prompt + [100 + Int32($0)], context: 960) }
    #expect(readCounts(sequences, heads: 3).itemCount == 3 * 8)
    #expect(readCounts(sequences, heads: 3, threadCount: 2).itemCount == 3 * 8)
    #expect(readCounts(sequences, heads: 3, threadCount: 16).itemCount >= 4 * 16)
    #expect(readCounts(sequences, heads: 3, threadCount: 1024).itemCount == 3 * 64)
    #expect(readCounts(Array(sequences[..<2]), heads: 1, threadCount: 8).itemCount == 2)
  }
}
