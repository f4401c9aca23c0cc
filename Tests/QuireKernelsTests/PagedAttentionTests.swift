import QuireKernels
import QuirePlatform
import Testing

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
    AttentionCase(group: 1, keyValueHeads: 2, dimension: 96, window: 40),
    AttentionCase(group: 7, keyValueHeads: 2, dimension: 128, window: nil),
    AttentionCase(group: 3, keyValueHeads: 1, dimension: 256, window: 100),
    AttentionCase(group: 5, keyValueHeads: 1, dimension: 64, window: nil),
    AttentionCase(group: 3, keyValueHeads: 2, dimension: 33, window: 17),
    AttentionCase(group: 2, keyValueHeads: 1, dimension: 7, window: nil),
    AttentionCase(group: 2, keyValueHeads: 2, dimension: 64, window: nil, softCap: 1.5),
    AttentionCase(group: 1, keyValueHeads: 1, dimension: 20, window: 37, softCap: 50),
  ]
  /// (context, new tokens) of the sequences of a batch; two reach over a tile of 256 positions.
  private static let sizes = [(1, 1), (5, 5), (17, 1), (40, 23), (300, 9), (530, 1), (262, 7), (40, 40)]

  @Test(
    "equals the scalar twin for prefill and decode in one batch", arguments: cases, KVElement.allCases)
  func scalarTwin(shape: AttentionCase, element: KVElement) {
    let sequences = Self.sequences(shape, element)
    let expected = sequences.map { attentionTwin($0, shape) }
    for instructionSet in InstructionSet.available {
      for blockSize in [1, 7, 16, 48] where blockSize % element.blockSizeUnit == 0 {
        let run = AttentionRun(
          shape: shape, element: element, blockSize: blockSize, instructionSet: instructionSet)
        for (output, expected) in zip(run.outputs(sequences), expected) {
          #expect(relativeDifference(output, expected) < attentionTolerance(element))
        }
      }
    }
  }

  @Test(
    "equals the scalar twin for every number of new tokens",
    arguments: [1, 2, 3, 4, 7, 8, 9, 16, 23, 64, 512], KVElement.allCases)
  func tokenCounts(tokenCount: Int, element: KVElement) {
    for window in [nil, 50] {
      let shape = AttentionCase(group: 3, keyValueHeads: 1, dimension: 64, window: window)
      let sequences = Self.sequences(
        shape, element, [(tokenCount + 19, tokenCount), (tokenCount, tokenCount)])
      let expected = sequences.map { attentionTwin($0, shape) }
      var results: [[[Float]]] = []
      for instructionSet in InstructionSet.available {
        let run = AttentionRun(
          shape: shape, element: element, blockSize: 16, instructionSet: instructionSet)
        let outputs = run.outputs(sequences)
        for (output, expected) in zip(outputs, expected) {
          #expect(relativeDifference(output, expected) < attentionTolerance(element))
        }
        results.append(outputs)
      }
      #expect(InstructionSet.available.count == 1 || results.allSatisfy { $0 == results[0] })
    }
  }

  @Test(
    "has the same bits whatever the block size, the threads, the chunks and the neighbours", arguments: cases,
    KVElement.allCases)
  func sameBits(shape: AttentionCase, element: KVElement) {
    let sequences = Self.sequences(shape, element)
    for instructionSet in InstructionSet.available {
      func run(_ blockSize: Int, threads: Int, chunk: Int = .max) -> AttentionRun {
        AttentionRun(
          shape: shape, element: element, blockSize: blockSize, instructionSet: instructionSet,
          threadCount: threads, chunk: chunk)
      }
      let whole = run(16, threads: 1).outputs(sequences)
      for blockSize in [1, 4, 5, 7, 8, 16, 32, 40, 48, 256] where blockSize % element.blockSizeUnit == 0 {
        #expect(run(blockSize, threads: 2).outputs(sequences) == whole)
      }
      for (index, sequence) in sequences.enumerated() {
        #expect(run(16, threads: 2).outputs([sequence])[0] == whole[index])
        #expect(run(16, threads: 2, chunk: 1).outputs([sequence])[0] == whole[index])
        #expect(run(element == .int8 ? 48 : 5, threads: 1, chunk: 7).outputs([sequence])[0] == whole[index])
      }
    }
  }

  @Test(
    "has the same bits on all instruction sets", .enabled(if: InstructionSet.available.count > 1),
    arguments: cases, KVElement.allCases)
  func sameInstructionSetBits(shape: AttentionCase, element: KVElement) {
    let sequences = Self.sequences(shape, element)
    let results = InstructionSet.available.map {
      AttentionRun(shape: shape, element: element, blockSize: 16, instructionSet: $0).outputs(sequences)
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  @Test(
    "has the same bits whatever stands in slots of a block that nothing was stored in", arguments: cases,
    KVElement.allCases)
  func rubbish(shape: AttentionCase, element: KVElement) {
    let sequences = Self.sequences(shape, element)
    for instructionSet in InstructionSet.available {
      // Bytes of 0xFF are scales that are not numbers.
      let results = [0x7B, 0, 0xFF].map {
        AttentionRun(
          shape: shape, element: element, blockSize: 32, instructionSet: instructionSet, rubbish: $0
        ).outputs(sequences)
      }
      #expect(results.allSatisfy { $0 == results[0] })
    }
  }

  @Test(
    "half precision rounds to nearest even and keeps what is finite finite",
    arguments: InstructionSet.available)
  func halfPrecision(instructionSet: InstructionSet) {
    // Value and bits; 2049 and 2051 lie halfway between halves, 2^-25 between 0 and the smallest one.
    let cases: [(Float, UInt16)] = [
      (0, 0), (-0.0, 0x8000), (1, 0x3C00), (-2.5, 0xC100), (2049, 0x6800), (2051, 0x6802), (65504, 0x7BFF),
      (65519, 0x7BFF), (1e9, 0x7BFF), (-.infinity, 0xFBFF), (0x1p-14, 0x0400), (0x1p-24, 1), (0x1p-25, 0),
      (0x1.8p-24, 2), (0x1.ff8p-15, 0x03FF), (0x1.ffcp-15, 0x0400), (1e-30, 0), (0.1, 0x2E66), (.nan, 0x7E00),
    ]
    let dimension = cases.count
    let layout = KVBlockLayout(
      keyValueHeadCount: 1, headDimension: dimension, blockSize: 1, element: .float16)
    var block = [UInt16](repeating: 0xFFFF, count: 2 * dimension)
    let values = cases.map(\.0)
    Kernels.append(
      keys: values, values: values, to: &block, slot: 0, layout: layout, instructionSet: instructionSet)
    #expect(block == cases.map(\.1) + cases.map(\.1))
  }

  @Test(
    "what the cache cannot hold is told, wherever it stands", arguments: InstructionSet.available,
    [1, 15, 16, 40])
  func saturation(instructionSet: InstructionSet, dimension: Int) {
    for element in KVElement.allCases {
      // Bytes have no scale beside a number that is none.
      let finite: [Float] = [0, -1, 65504, -65519, element == .int8 ? 1 : .nan, 0x1p-30]
      let small = (0..<2 * dimension).map { finite[$0 % finite.count] }
      let layout = KVBlockLayout(
        keyValueHeadCount: 2, headDimension: dimension, blockSize: 16, element: element)
      var block = [UInt8](repeating: 0, count: layout.blockByteCount + KVBlockLayout.readSlack)
      func isTold(_ keys: [Float], _ values: [Float]) -> Bool {
        Kernels.append(
          keys: keys, values: values, to: &block, slot: 1, layout: layout, instructionSet: instructionSet)
      }
      #expect(!isTold(small, small))
      for place in small.indices {
        for beyond: Float in [65520, -1e9, .infinity, -.infinity]
        where element != .int8 || beyond.isFinite {
          var large = small
          large[place] = beyond
          let isBeyond =
            switch element {
            case .float16: true
            case .int8: beyond.magnitude > 8_319_008
            case .float32: false
            }
          #expect(isTold(large, small) == isBeyond, "\(beyond) at \(place)")
          #expect(isTold(small, large) == isBeyond, "\(beyond) at \(place)")
        }
      }
    }
  }

  @Test(
    "keys and values are stored with the same bits by every instruction set", arguments: cases,
    KVElement.allCases)
  func sameStoredBits(shape: AttentionCase, element: KVElement) {
    let layout = KVBlockLayout(
      keyValueHeadCount: shape.keyValueHeads, headDimension: shape.dimension,
      blockSize: element == .int8 ? 32 : 5,
      element: element)
    var numbers = Numbers(seed: 22)
    // From subnormal halves to beyond the greatest one.
    let count = shape.keyValueHeads * shape.dimension
    let values = numbers.array(2 * count).enumerated().map {
      $1 * Float(sign: .plus, exponent: $0 % 45 - 27, significand: 1)
    }
    let blocks = InstructionSet.available.map { instructionSet in
      var block = [UInt8](repeating: 0xA5, count: layout.blockByteCount + KVBlockLayout.readSlack)
      for slot in [0, 3] {
        Kernels.append(
          keys: values, values: Array(values[count...]), to: &block, slot: slot, layout: layout,
          instructionSet: instructionSet)
      }
      return block
    }
    #expect(blocks.allSatisfy { $0 == blocks[0] })
  }

  private static func sequences(
    _ shape: AttentionCase, _ element: KVElement, _ sizes: [(Int, Int)] = sizes
  ) -> [TestSequence] {
    TestSequence.make(shape, element, sizes.map { SequenceSize($0, $1) })
  }
}
