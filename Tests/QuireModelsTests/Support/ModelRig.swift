import QuireKernels
import QuireModelFiles
import QuireModels
import QuirePlatform

/// A model with a cache whose blocks are handed out in shuffled order, and what tests do with it.
final class ModelRig {
  let model: any CausalLanguageModel
  let cache: KVCache
  let workspace: ModelWorkspace
  private var freeBlocks: [Int32]

  init(
    model: any CausalLanguageModel, blockSize: Int, positionCount: Int = 1024, maxTokenCount: Int = 512,
    element: KVElement = .float32
  ) {
    self.model = model
    let blockCount = (positionCount + blockSize - 1) / blockSize + 32
    cache = KVCache(shape: model.shape, blockCount: blockCount, blockSize: blockSize, element: element)
    workspace = model.makeWorkspace(maxTokenCount: maxTokenCount, maxLogitRowCount: maxTokenCount)
    // 7919 is prime to every count used here: a fixed shuffle.
    freeBlocks = (0..<blockCount).map { Int32(($0 * 7919 + 13) % blockCount) }
    precondition(Set(freeBlocks).count == blockCount)
  }

  static func load(
    _ path: String, threadCount: Int, backend: MatmulBackend = .openblas,
    precision: WeightPrecision = .stored
  ) throws -> any CausalLanguageModel {
    try ModelLoading.load(
      ModelPackage.open(path), backend: backend, precision: precision,
      team: ThreadTeam(threadCount: threadCount))
  }

  /// A block table for `positionCount` positions.
  func takeBlocks(_ positionCount: Int) -> [Int32] {
    let count = (positionCount + cache.blockSize - 1) / cache.blockSize
    defer { freeBlocks.removeLast(count) }
    return Array(freeBlocks.suffix(count))
  }

  func giveBack(_ blocks: [Int32]) { freeBlocks.insert(contentsOf: blocks, at: 0) }

  /// Log-probabilities at every position of `tokens`, run in chunks of `chunkSize`.
  func logprobs(_ tokens: [Int32], chunkSize: Int) throws -> [[Float]] {
    let blocks = takeBlocks(tokens.count)
    defer { giveBack(blocks) }
    var rows: [[Float]] = []
    var start = 0
    while start < tokens.count {
      let end = min(start + chunkSize, tokens.count)
      var batch = ModelBatch()
      batch.append(
        tokens: tokens[start..<end], contextStart: start, blockTable: blocks, logits: .all,
        promptTokenCount: tokens.count)
      let logits = try model.forward(batch, cache: cache, workspace: workspace)
      for row in 0..<logits.rowCount { rows.append(Self.logSoftmax(logits.row(row))) }
      start = end
    }
    return rows
  }

  /// Greedy continuations of several prompts in one flattened batch a step: sequence i takes up to `chunkSizes[i]`
  /// tokens of its prompt a step, so that prompt chunks and single tokens share steps.
  func greedy(_ prompts: [[Int32]], counts: [Int], chunkSizes: [Int]) throws -> [[Int32]] {
    var tokens = prompts
    var computed = prompts.map { _ in 0 }
    let tables = zip(prompts, counts).map { takeBlocks($0.count + $1) }
    defer { tables.forEach(giveBack) }
    let targets = zip(prompts, counts).map { $0.count + $1 }
    while true {
      var batch = ModelBatch()
      var samplers: [Int] = []
      for index in prompts.indices where tokens[index].count < targets[index] {
        let end = min(computed[index] + chunkSizes[index], tokens[index].count)
        let samples = end == tokens[index].count
        batch.append(
          tokens: tokens[index][computed[index]..<end], contextStart: computed[index],
          blockTable: tables[index],
          logits: samples ? .last : .none, promptTokenCount: prompts[index].count)
        computed[index] = end
        if samples { samplers.append(index) }
      }
      if batch.tokenCount == 0 { break }
      let logits = try model.forward(batch, cache: cache, workspace: workspace)
      for (row, index) in samplers.enumerated() { tokens[index].append(Self.argmax(logits.row(row))) }
    }
    return zip(tokens, prompts).map { Array($0.dropFirst($1.count)) }
  }

  static func argmax(_ row: UnsafeMutableBufferPointer<Float>) -> Int32 {
    Int32(row.firstIndex(of: greatest(row).value)!)
  }

  /// By kernels rather than collections, which take seconds over large vocabularies in debug builds. The row is lost.
  static func logSoftmax(_ row: UnsafeMutableBufferPointer<Float>) -> [Float] {
    let (values, count) = (row.baseAddress!, row.count)
    let (greatest, chunkMaxima) = greatest(row)
    return [Float](unsafeUninitializedCapacity: count) { result, initializedCount in
      let logprobs = result.baseAddress!
      logprobs.update(from: values, count: count)
      let sum = Kernels.sumOfExponentials(values, count: count, chunkMaxima: chunkMaxima, greatest: greatest)
      values.update(repeating: -(greatest + logarithm(Float(sum))), count: count)
      Kernels.add(values, to: logprobs, count: count)
      initializedCount = count
    }
  }

  private static func greatest(
    _ row: UnsafeMutableBufferPointer<Float>
  ) -> (value: Float, chunkMaxima: [Float]) {
    var chunkMaxima = [Float](repeating: 0, count: row.count / Kernels.logitChunkSize + 1)
    let value = Kernels.greatestLogit(row.baseAddress!, count: row.count, chunkMaxima: &chunkMaxima)
    return (value, chunkMaxima)
  }
}
