import QuireKernels
import Testing

@Suite("A cache of bytes")
struct ByteCacheTests {
  @Test(
    "bytes are a position's numbers over the greatest magnitude, scales its 127th part in half precision",
    arguments: InstructionSet.available)
  func bytes(instructionSet: InstructionSet) {
    let layout = KVBlockLayout(keyValueHeadCount: 2, headDimension: 48, blockSize: 32, element: .int8)
    let run = 2 * 16 * 48 + (3 + 1) * 32
    #expect(layout.blockByteCount == 2 * 2 * run)
    var block = [UInt8](repeating: 0, count: layout.blockByteCount)
    // As they are stored: numbers that rotation keeps exact. 63.5 and others lie halfway between bytes.
    let rotatedKeys = (0..<96).map { index -> Float in
      index < 16 ? [254, -127, 3, 1, 5][index % 5] : index < 48 ? [127, -127, 3, 1, 5][index % 5] : 0
    }
    let rotatedValues = (0..<96).map { index -> Float in
      index < 48 ? 0 : index == 53 ? -127 : Float(index - 68) * 2.5
    }
    Kernels.append(
      keys: rotatedBySixteens(rotatedKeys), values: rotatedBySixteens(rotatedValues), to: &block, slot: 22,
      layout: layout, instructionSet: instructionSet)
    func half(_ place: Int) -> UInt16 { UInt16(block[place]) | UInt16(block[place + 1]) << 8 }
    // The second run of the first head, place 6 in it; the first sixteen dimensions have a scale of 2, the others of 1.
    for dimension in 0..<48 {
      let expected: [UInt8] = dimension < 16 ? [255, 64, 130, 128, 130] : [255, 1, 131, 129, 133]
      #expect(
        block[run + dimension / 4 * 64 + 6 * 4 + dimension % 4] == expected[dimension % 5], "\(dimension)")
    }
    let scales = 2 * 16 * 48 + 12
    #expect((0..<4).map { half(run + scales + 32 * $0) } == [0x4000, 0x3C00, 0x3C00, 0])
    // Values of the second head, place 6 being the third of the second four.
    for dimension in 0..<48 {
      let byte = Int8(bitPattern: block[3 * run + 16 * 48 + 48 * 4 + dimension * 4 + 2])
      #expect(byte == Int8(rotatedValues[48 + dimension].rounded(.toNearestOrEven)), "\(dimension)")
    }
    #expect((0..<4).map { half(3 * run + scales + 32 * $0) } == [0, 0, 0, 0x3C00])
  }

  /// Each sixteen numbers times the Hadamard matrix of 1 / 4 and -1 / 4, which is its own inverse.
  private func rotatedBySixteens(_ numbers: [Float]) -> [Float] {
    numbers.indices.map { index in
      (0..<16).reduce(0) { sum, other in
        let isNegative = !(index % 16 & other).nonzeroBitCount.isMultiple(of: 2)
        return sum + (isNegative ? -1 : 1) * numbers[index / 16 * 16 + other] / 4
      }
    }
  }

  @Test(
    "a dimension that stands out spoils no other's bytes: keys and queries are rotated",
    arguments: InstructionSet.available, [16, 64, 80, 96, 128, 256])
  func outliers(instructionSet: InstructionSet, dimension: Int) {
    let shape = AttentionCase(group: 1, keyValueHeads: 1, dimension: dimension, window: nil)
    var numbers = Numbers(seed: 23)
    let count = 50 * dimension
    var keys = numbers.array(count)
    // The same in all keys, so that weights are those of the other dimensions.
    for position in 0..<50 { keys[position * dimension + 3] = 40 }
    let queries = numbers.array(count)
    let sequence = TestSequence(
      size: SequenceSize(50, 50), keys: keys, values: numbers.array(count), queries: queries)
    let (bytes, exact) = (KVElement.int8, KVElement.float32)
    let outputs = [bytes, exact].map {
      AttentionRun(shape: shape, element: $0, blockSize: 16, instructionSet: instructionSet).outputs([
        sequence
      ])[0]
    }
    #expect(relativeDifference(outputs[0], outputs[1]) < 0.05)
  }

  @Test(
    "a key or value that is not a number is seen by all that see its position",
    arguments: InstructionSet.available)
  func notANumber(instructionSet: InstructionSet) {
    let shape = AttentionCase(group: 2, keyValueHeads: 1, dimension: 64, window: nil)
    let whole = TestSequence.make(shape, .int8, [SequenceSize(40, 20)])[0]
    let run = AttentionRun(
      shape: shape, element: .int8, blockSize: 16, instructionSet: instructionSet, chunk: 1)
    let sound = run.outputs([whole])[0]
    let rowWidth = 2 * 64
    for spoilsKey in [true, false] {
      var (keys, values) = (whole.keys, whole.values)
      if spoilsKey { keys[30 * 64 + 17] = .nan } else { values[30 * 64 + 17] = .nan }
      let spoilt = TestSequence(size: whole.size, keys: keys, values: values, queries: whole.queries)
      let outputs = run.outputs([spoilt])[0]
      #expect(outputs[..<(10 * rowWidth)] == sound[..<(10 * rowWidth)])
      #expect(outputs[(10 * rowWidth)...].allSatisfy { $0.isNaN })
    }
  }
}
