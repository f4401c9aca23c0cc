import QuireModels
import QuireScheduling
import Testing

@testable import QuireEngine

@Suite("The division of the KV cache by groups of layers")
struct KVCacheDivisionTests {
  /// Layers as Gemma 3 has them: every sixth sees all, the others a window.
  private static func gemma(_ layerCount: Int, window: Int) -> [Int?] {
    (1...layerCount).map { $0.isMultiple(of: 6) ? nil : window }
  }

  private static func plan(
    _ windows: [Int?], length: Int = 32_768, memory: Int = 1 << 30,
    _ change: (inout EngineConfiguration) -> Void = { _ in }
  ) throws -> KVCachePlan {
    var configuration = EngineConfiguration(kvCacheMemory: memory)
    change(&configuration)
    return try KVCachePlan(
      configuration: configuration, modelLength: length, windows: windows, bytesPerLayer: 16 << 10,
      otherBytes: 0, availableBytes: nil)
  }

  @Test(
    "the layers of the published sizes of Gemma: groups, layers in a block, tokens that fit the memory of 32,768",
    arguments: [
      // Gemma 3 270M, 1B, 4B, 12B and 27B, then Gemma 2 2B, whose windows are on every other layer.
      (gemma(18, window: 512), 32_768, 6, 3, 183_728), (gemma(26, window: 512), 32_768, 7, 4, 197_536),
      (gemma(34, window: 1024), 131_072, 7, 5, 204_288), (gemma(48, window: 1024), 131_072, 6, 8, 181_168),
      (gemma(62, window: 1024), 131_072, 7, 10, 184_624),
      (Array(repeating: [4096, nil], count: 13).flatMap { $0 }, 8192, 1, 26, 32_768),
    ] as [([Int?], Int, Int, Int, Int)])
  func published(
    windows: [Int?], length: Int, groupCount: Int, layersPerBlock: Int, tokenCount: Int
  ) throws {
    // 2048 blocks of 16 of all layers.
    let plan = try Self.plan(windows, length: length, memory: 2048 * windows.count * (16 << 10))
    #expect(plan.layerGroupCount == groupCount && plan.layersPerBlock == layersPerBlock)
    #expect(plan.tokenCapacity == tokenCount)
    #expect(plan.layerGroups.places.map(\.group).max() == groupCount - 1)
    #expect(Set(plan.layerGroups.places.map { [$0.group, $0.index] }).count == windows.count)
    let isFull = plan.layerGroups.places.map { $0.group < plan.layerGroups.fullCount }
    #expect(groupCount == 1 || isFull == windows.map { $0 == nil })
  }

  @Test("the same memory holds more tokens of layers with windows, never fewer", arguments: 1...400)
  func capacity(percent: Int) throws {
    // Of what one sequence of full length takes in all layers.
    let rows = 32_768 / 16 * percent / 100
    let memory = rows * 18 * (16 << 10)
    let plan = try Self.plan(Self.gemma(18, window: 512), memory: memory) { $0.maxNumSeqs = 8 }
    #expect(plan.tokenCapacity >= rows * 16 && plan.byteCount <= memory)
    let groups = BlockGroups(plan.layerGroups)
    func held(_ tokenCount: Int) -> Int {
      groups.greatestHeldBlockCount(tokenCount: tokenCount, chunk: 2048, blockSize: 16)
    }
    #expect(held(plan.tokenCapacity) <= plan.blockCount && held(plan.tokenCapacity + 1) > plan.blockCount)
    // A window and a step are 161 blocks of 16 in each of five groups.
    #expect(plan.layerGroupCount == (rows > 161 ? 6 : 1))
  }

  @Test("the start line says what a block holds, and how many tokens fit")
  func summary() throws {
    let plan = try Self.plan(Self.gemma(18, window: 512), memory: 256 << 20)
    #expect(
      plan.summary
        == "KV cache of 74496 tokens (5461 blocks of 16 by 3 layers, a window of 512 on 15 of 18, 255 MiB): "
        + "1 sequence of 32768 tokens")
    #expect(plan.warning == nil)
    #expect(
      try Self.plan(Self.gemma(18, window: 512), memory: 120 << 20).warning
        == "the KV cache holds 28080 tokens: a request whose prompt and maxTokens exceed that is refused; "
        + "kvCacheMemory 140230656 holds a sequence of 32768")
  }

  @Test("groups are used only where a sequence of full length takes a fifth less")
  func payingOff() throws {
    // Of 2561 tokens at most 2560 and the rest of a block are held.
    #expect(try Self.plan(Self.gemma(18, window: 512), length: 2561).layerGroupCount == 1)
    #expect(try Self.plan(Self.gemma(18, window: 512), length: 3000).layerGroupCount == 1)
    #expect(try Self.plan(Self.gemma(18, window: 512), length: 3600).layerGroupCount == 6)
    #expect(
      try Self.plan(Self.gemma(18, window: 512), length: 3600) { $0.maxModelLen = 2048 }.layerGroupCount == 1)
    // A window on one layer of eight saves at most an eighth.
    #expect(try Self.plan([512] + Array(repeating: nil, count: 7), length: 1 << 20).layerGroupCount == 1)
    // All alike are one group, whose window counts.
    let alike = try Self.plan(Array(repeating: 512, count: 18))
    #expect(alike.layerGroupCount == 1 && alike.layerGroups.window == 512)
    #expect(try Self.plan(Array(repeating: nil, count: 18)).layerGroups.window == nil)
  }

  @Test("a length that the cache does not hold is refused with the bytes that hold it")
  func lengthBeyondCache() throws {
    let windows = Self.gemma(18, window: 512)
    var least = 0
    #expect {
      _ = try Self.plan(windows, memory: 90 << 20) { $0.maxModelLen = 32_768 }
    } throws: { error in
      least = "\(error)".split(separator: " ").compactMap { Int($0) }.last ?? 0
      return "\(error)".contains("maxModelLen is 32768")
    }
    #expect(least > 90 << 20)
    #expect(try Self.plan(windows, memory: least) { $0.maxModelLen = 32_768 }.fullLengthSequenceCount == 1)
    #expect(throws: EngineError.self) {
      try Self.plan(windows, memory: least - 1) { $0.maxModelLen = 32_768 }
    }
  }
}
