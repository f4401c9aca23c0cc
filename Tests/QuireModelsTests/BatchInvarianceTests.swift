import QuireKernels
import QuireModels
import QuireTestSupport
import Testing

/// What a token's logits depend on is its sequence up to it, and nothing else.
@Suite("Logits of tiny checkpoints, whatever the step")
struct BatchInvarianceTests {
  @Test(
    "have the same bits in chunks of any size, in any blocks, on any number of threads",
    arguments: TinyGoldenTests.checkpoints,
    [(WeightPrecision.stored, KVElement.float16), (.int8, .float16), (.stored, .int8)])
  func chunks(name: String, numbers: (precision: WeightPrecision, element: KVElement)) throws {
    let checkpoint = try TinyCheckpoint(golden: name)
    let tokens = (0..<40).map { (index: Int) -> Int32 in Int32((index * index * 7 + 3 * index + 11) % 160) }
    var expected: [[UInt32]]?
    let steps: [(threads: Int, block: Int, chunk: Int)] = [
      (1, 16, 256), (2, 16, 256), (2, 1, 3), (1, 5, 1), (2, 8, 17),
    ]
    for (threadCount, size, chunkSize) in steps {
      let blockSize = size * numbers.element.blockSizeUnit
      let model = try ModelRig.load(
        checkpoint.path, threadCount: threadCount, backend: .native, precision: numbers.precision)
      let rig = ModelRig(model: model, blockSize: blockSize, positionCount: 256, element: numbers.element)
      let rows = try rig.logprobs(tokens, chunkSize: chunkSize).map { $0.map(\.bitPattern) }
      if let expected { #expect(rows == expected) } else { expected = rows }
    }
  }

  @Test("have the same bits beside other sequences as alone", arguments: TinyGoldenTests.checkpoints)
  func neighbours(name: String) throws {
    let checkpoint = try TinyCheckpoint(golden: name)
    let model = try ModelRig.load(checkpoint.path, threadCount: 2, backend: .native)
    let prompts = [30, 4, 17].map { (length: Int) -> [Int32] in
      (0..<length).map { (index: Int) -> Int32 in Int32((index * 13 + length) % 160) }
    }
    let rig = ModelRig(model: model, blockSize: 4, positionCount: 256)
    let alone = try prompts.map { try rig.greedy([$0], counts: [8], chunkSizes: [256])[0] }
    let together = try rig.greedy(prompts, counts: [8, 8, 8], chunkSizes: [5, 1, 256])
    #expect(together == alone)
  }
}
