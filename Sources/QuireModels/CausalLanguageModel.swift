package import QuirePlatform

/// A loaded model that turns token batches into logits. Immutable and shared; what changes between steps lies in the
/// `KVCache` and the `ModelWorkspace`, so that steps with others of both may run at the same time.
package protocol CausalLanguageModel: AnyObject, Sendable {
  /// What caches and engine need to know of it.
  var shape: ModelShape { get }

  /// Bytes of memory that the packed weights take.
  var weightByteCount: Int { get }

  /// The buffers of steps of up to `maxTokenCount` tokens and `maxLogitRowCount` rows of logits, both at least 1.
  ///
  /// - Parameter team: what computes the steps; nil for the team that loaded the model.
  func makeWorkspace(maxTokenCount: Int, maxLogitRowCount: Int, team: ThreadTeam?) -> ModelWorkspace

  /// Runs one step: stores keys and values of all tokens of `batch` in `cache`, and computes the logits of its
  /// logit rows, a part of them at a time: at most the workspace's `maxLogitRowCount`.
  ///
  /// - Parameter body: is called with the index of a part's first row among the batch's logit rows, and with the part,
  ///   in order; not at all for a batch without logit rows. The logits lie in the workspace's memory, valid until `body`
  ///   returns; they may be changed in place.
  /// - Throws: `ModelBatchError` where the batch does not fit the vocabulary, the cache or the workspace; nothing
  ///   has changed then.
  func forward(
    _ batch: ModelBatch, cache: KVCache, workspace: ModelWorkspace, _ body: (Int, Logits) -> Void
  ) throws(ModelBatchError)
}

extension CausalLanguageModel {
  /// The buffers of steps that the team computes which loaded the model.
  package func makeWorkspace(maxTokenCount: Int, maxLogitRowCount: Int) -> ModelWorkspace {
    makeWorkspace(maxTokenCount: maxTokenCount, maxLogitRowCount: maxLogitRowCount, team: nil)
  }

  /// Runs one step whose logit rows fit the workspace together.
  ///
  /// - Returns: logits in the workspace's memory, valid until its next step; they may be changed in place.
  /// - Throws: as the other form, and where there are more logit rows than the workspace holds.
  package func forward(
    _ batch: ModelBatch, cache: KVCache, workspace: ModelWorkspace
  ) throws(ModelBatchError) -> Logits {
    guard batch.logitRows.count <= workspace.maxLogitRowCount else {
      throw .tooManyLogitRows(found: batch.logitRows.count, limit: workspace.maxLogitRowCount)
    }
    var result = Logits(
      base: workspace.logits.pointer, rowCount: 0, vocabularySize: shape.vocabularySize)
    try forward(batch, cache: cache, workspace: workspace) { _, logits in result = logits }
    return result
  }
}

/// Logits of one step: `[rowCount × vocabularySize]`, fp32, one row for each of consecutive logit rows of the batch. Of a
/// row whose open tokens the batch names the others' logits have no meaning.
package struct Logits {
  /// Rows that are here.
  package let rowCount: Int
  /// Columns of a row, one a token of the vocabulary.
  package let vocabularySize: Int
  private let base: UnsafeMutablePointer<Float>
  /// Where each row lies, counted in rows; nil for one behind the other.
  private let places: [Int]?
  /// `[rowCount × width]`: the rows' hidden states.
  private let hidden: UnsafePointer<Float>?
  private let hiddenSize: Int

  init(
    base: UnsafeMutablePointer<Float>, rowCount: Int, vocabularySize: Int, places: [Int]? = nil,
    hidden: UnsafePointer<Float>? = nil, hiddenSize: Int = 0
  ) {
    self.base = base
    self.places = places
    self.hidden = hidden
    self.hiddenSize = hiddenSize
    self.rowCount = rowCount
    self.vocabularySize = vocabularySize
  }

  /// Row `index`, in `0..<rowCount`; valid until the workspace's next step.
  package func row(_ index: Int) -> UnsafeMutableBufferPointer<Float> {
    precondition((0..<rowCount).contains(index), "logit row \(index) of \(rowCount)")
    return UnsafeMutableBufferPointer(
      start: base + (places?[index] ?? index) * vocabularySize, count: vocabularySize)
  }

  /// The hidden state after the last norm of row `index`, which the batch wants as such; valid as long as the logits are.
  package func hiddenState(_ index: Int) -> UnsafeBufferPointer<Float> {
    precondition((0..<rowCount).contains(index) && hidden != nil, "hidden state \(index) of \(rowCount)")
    return UnsafeBufferPointer(start: hidden.map { $0 + index * hiddenSize }, count: hiddenSize)
  }
}
