import QuireKernels
import QuireModelFiles
import QuireModels
import QuirePlatform
import QuireTestSupport
import Testing

@Suite("Model batches and the KV cache")
struct ModelBatchTests {
  private func rig(blockSize: Int = 4, maxTokenCount: Int = 8) throws -> ModelRig {
    let checkpoint = try TinyCheckpoint(golden: "llama-tied")
    return ModelRig(
      model: try ModelRig.load(checkpoint.path, threadCount: 1), blockSize: blockSize, positionCount: 64,
      maxTokenCount: maxTokenCount)
  }

  @Test("segments are laid end to end, with positions and logit rows")
  func layout() {
    var batch = ModelBatch()
    batch.append(tokens: [5, 6, 7], contextStart: 2, blockTable: [9, 8], logits: .none)
    batch.append(tokens: [1], contextStart: 40, blockTable: [3], logits: .last)
    batch.append(tokens: [2, 3], contextStart: 0, blockTable: [4], logits: .all)
    #expect(batch.tokenIDs == [5, 6, 7, 1, 2, 3])
    #expect(batch.positions == [2, 3, 4, 40, 0, 1])
    #expect(batch.logitRows == [3, 4, 5])
    #expect(batch.blockTables == [9, 8, 3, 4])
    #expect(batch.segments.map(\.tokenStart) == [0, 3, 4])
    #expect(batch.segments.map(\.blockTableStart) == [0, 2, 3])
    batch.removeAll()
    #expect(batch.tokenCount == 0 && batch.segments.isEmpty && batch.logitRows.isEmpty)
  }

  @Test("tables of several groups are laid group by group, and each is checked from what its layers see on")
  func groups() throws {
    let checkpoint = try TinyCheckpoint(golden: "gemma2")
    let model = try ModelRig.load(checkpoint.path, threadCount: 1)
    // One layer sees all, two see 6 positions.
    let cache = KVCache(
      shape: model.shape, groups: LayerGroups(windows: model.shape.windows, layersPerBlock: 1),
      blockCount: 12,
      blockSize: 4, element: .float32)
    #expect(cache.groups.fullCount == 1 && cache.groups.windowedCount == 2 && cache.groups.window == 6)
    #expect(cache.groups.places.map(\.group) == [1, 0, 2])
    let workspace = model.makeWorkspace(maxTokenCount: 8, maxLogitRowCount: 1)
    func run(_ table: [Int32]) throws -> [Int32] {
      var batch = ModelBatch(groupCount: 3)
      batch.append(tokens: [3, 4], contextStart: 10, blockTable: table, logits: .last)
      _ = try model.forward(batch, cache: cache, workspace: workspace)
      return batch.blockTables
    }
    // Position 10 sees 5: row 0 is out of sight in the windowed groups.
    #expect(try run([0, -1, -1, 3, 4, 5, 6, 7, 8]) == [0, 3, 6, -1, 4, 7, -1, 5, 8])
    for table: [Int32] in [[-1, 1, 2, 3, 4, 5, 6, 7, 8], [0, 1, 2, 3, 4, -1, 6, 7, 8]] {
      #expect(throws: ModelBatchError.blockOutOfRange(blockID: -1, segment: 0, blockCount: 12)) {
        _ = try run(table)
      }
    }
    #expect(throws: ModelBatchError.blockTableTooShort(segment: 0, blockCount: 2, needed: 3)) {
      _ = try run([0, 1, 2, 3, 4, 5])
    }
  }

  @Test(
    "a token id outside the vocabulary is refused before anything is computed",
    arguments: [-1, 160, Int32.max])
  func tokenRange(id: Int32) throws {
    let rig = try rig()
    var batch = ModelBatch()
    batch.append(tokens: [3, id], contextStart: 0, blockTable: [0], logits: .last)
    #expect(throws: ModelBatchError.tokenOutOfVocabulary(tokenID: id, index: 1, vocabularySize: 160)) {
      _ = try rig.model.forward(batch, cache: rig.cache, workspace: rig.workspace)
    }
  }

  @Test("blocks outside the cache and tables that are too short are refused")
  func blocks() throws {
    let rig = try rig()
    let blockCount = rig.cache.blockCount
    for (table, start, error) in [
      (
        [Int32(blockCount)], 0,
        ModelBatchError.blockOutOfRange(blockID: Int32(blockCount), segment: 0, blockCount: blockCount)
      ),
      ([-1], 0, .blockOutOfRange(blockID: -1, segment: 0, blockCount: blockCount)),
      ([0], 3, .blockTableTooShort(segment: 0, blockCount: 1, needed: 2)),
    ] {
      var batch = ModelBatch()
      batch.append(tokens: [3, 4], contextStart: start, blockTable: table, logits: .last)
      #expect(throws: error) {
        _ = try rig.model.forward(batch, cache: rig.cache, workspace: rig.workspace)
      }
      #expect(!error.description.isEmpty)
    }
  }

  @Test("entries of blocks that no layer sees any more are not read, the first one that is seen is checked")
  func vacatedBlocks() throws {
    let checkpoint = try TinyCheckpoint(golden: "mistral-sliding-window")
    let rig = ModelRig(
      model: try ModelRig.load(checkpoint.path, threadCount: 1), blockSize: 4, positionCount: 64,
      maxTokenCount: 16)
    let tokens = (0..<16).map { Int32($0 * 7 % 160) }
    var batch = ModelBatch()
    batch.append(tokens: tokens[...], contextStart: 0, blockTable: [0, 1, 2, 3], logits: .last)
    _ = try rig.model.forward(batch, cache: rig.cache, workspace: rig.workspace)
    func logits(_ table: [Int32]) throws -> [Float] {
      var next = ModelBatch()
      next.append(tokens: [9, 8], contextStart: 16, blockTable: table, logits: .last)
      return try rig.model.forward(next, cache: rig.cache, workspace: rig.workspace).row(0).map { $0 }
    }
    // A window of 6: the token at 16 sees position 11, the last one of block 2.
    #expect(rig.model.shape.attentionWindow == 6)
    let expected = try logits([0, 1, 2, 3, 4])
    #expect(try logits([-1, -1, 2, 3, 4]) == expected)
    #expect(
      throws: ModelBatchError.blockOutOfRange(blockID: -1, segment: 0, blockCount: rig.cache.blockCount)
    ) {
      _ = try logits([-1, -1, -1, 3, 4])
    }
  }

  @Test("more tokens or logit rows than the workspace holds are refused")
  func workspaceLimits() throws {
    let rig = try rig(maxTokenCount: 3)
    var batch = ModelBatch()
    batch.append(tokens: [1, 2, 3, 4], contextStart: 0, blockTable: [0], logits: .last)
    #expect(throws: ModelBatchError.tooManyTokens(found: 4, limit: 3)) {
      _ = try rig.model.forward(batch, cache: rig.cache, workspace: rig.workspace)
    }
    let small = rig.model.makeWorkspace(maxTokenCount: 8, maxLogitRowCount: 1)
    var rows = ModelBatch()
    rows.append(tokens: [1, 2], contextStart: 0, blockTable: [0], logits: .all)
    #expect(throws: ModelBatchError.tooManyLogitRows(found: 2, limit: 1)) {
      _ = try rig.model.forward(rows, cache: rig.cache, workspace: small)
    }
  }

  @Test("logits handed out in parts are those handed out at once, in order", arguments: [1, 2, 3, 5])
  func parts(partCount: Int) throws {
    let checkpoint = try TinyCheckpoint(golden: "qwen3")
    let model = try ModelLoading.load(
      ModelPackage.open(checkpoint.path), backend: .native, team: ThreadTeam(threadCount: 2))
    let rig = ModelRig(model: model, blockSize: 4, positionCount: 64, element: .float16)
    var batch = ModelBatch()
    batch.append(
      tokens: [3, 14, 15, 92, 65, 35], contextStart: 0, blockTable: rig.takeBlocks(6),
      logits: .scored(1..<4, samples: true))
    batch.append(tokens: [8, 2], contextStart: 0, blockTable: rig.takeBlocks(2), logits: .none)
    batch.append(
      tokens: [9, 79], contextStart: 0, blockTable: rig.takeBlocks(2), logits: .scored(0..<2, samples: true))
    #expect(batch.logitRows == [1, 2, 3, 5, 8, 9])
    let whole = try model.forward(batch, cache: rig.cache, workspace: rig.workspace)
    let expected = (0..<whole.rowCount).map { Array(whole.row($0)) }
    let small = model.makeWorkspace(maxTokenCount: 16, maxLogitRowCount: partCount)
    var rows: [[Float]] = []
    try model.forward(batch, cache: rig.cache, workspace: small) { first, logits in
      #expect(first == rows.count && logits.rowCount <= partCount)
      for row in 0..<logits.rowCount { rows.append(Array(logits.row(row))) }
    }
    #expect(rows == expected)
  }

  @Test("an empty batch gives no rows")
  func empty() throws {
    let rig = try rig()
    let logits = try rig.model.forward(ModelBatch(), cache: rig.cache, workspace: rig.workspace)
    #expect(logits.rowCount == 0)
  }

  @Test("a sequence goes on in copies of its blocks as in the blocks themselves")
  func copiedBlocks() throws {
    let rig = try rig()
    let prompt: [Int32] = [3, 14, 15, 92, 65, 35]
    var first = ModelBatch()
    first.append(tokens: prompt[...], contextStart: 0, blockTable: [5, 2], logits: .none)
    _ = try rig.model.forward(first, cache: rig.cache, workspace: rig.workspace)
    rig.cache.copyBlock(from: 5, to: 7)
    rig.cache.copyBlock(from: 2, to: 1)
    var next = ModelBatch()
    next.append(tokens: [89], contextStart: 6, blockTable: [5, 2], logits: .last)
    next.append(tokens: [89], contextStart: 6, blockTable: [7, 1], logits: .last)
    let logits = try rig.model.forward(next, cache: rig.cache, workspace: rig.workspace)
    #expect(Array(logits.row(0)) == Array(logits.row(1)))
  }

  @Test("logits of the last row alone equal those of a step that computes every row", arguments: [1, 2])
  func lastRowAlone(threadCount: Int) throws {
    let checkpoint = try TinyCheckpoint(golden: "qwen3")
    let model = try ModelLoading.load(
      ModelPackage.open(checkpoint.path), backend: .native, team: ThreadTeam(threadCount: threadCount))
    let prompts: [[Int32]] = [[3, 14, 15, 92, 65, 35], [8], [9, 79, 3, 23], [84, 62]]
    func rows(_ logits: [ModelBatch.LogitRows]) throws -> [[Float]] {
      let rig = ModelRig(model: model, blockSize: 4, positionCount: 64, element: .float16)
      var batch = ModelBatch()
      for (prompt, kind) in zip(prompts, logits) {
        batch.append(
          tokens: prompt[...], contextStart: 0, blockTable: rig.takeBlocks(prompt.count), logits: kind)
      }
      let result = try model.forward(batch, cache: rig.cache, workspace: rig.workspace)
      return (0..<result.rowCount).map { Array(result.row($0)) }
    }
    let all = try rows([.all, .all, .all, .all])
    #expect(try rows([.last, .none, .last, .last]) == [all[5], all[10], all[12]])
    #expect(try rows([.none, .last, .none, .all]) == [all[6], all[11], all[12]])
    #expect(try rows([.none, .none, .none, .none]) == [])
  }
}
