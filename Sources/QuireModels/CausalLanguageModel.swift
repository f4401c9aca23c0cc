package import QuireModelFiles

/// A loaded model that turns token batches into logits. Immutable and shared; what changes between steps lies in the
/// `KVCache` and the `ModelWorkspace`.
package protocol CausalLanguageModel: AnyObject, Sendable {
  /// The hyper-parameters.
  var config: ModelConfig { get }

  /// Bytes of memory that the packed weights take.
  var weightByteCount: Int { get }

  /// Runs one step: stores keys and values of all tokens of `batch` in `cache`, and computes the logits of its
  /// logit rows.
  ///
  /// - Returns: logits in the workspace's memory, valid until its next step; they may be changed in place.
  /// - Throws: `ModelBatchError` where the batch does not fit the vocabulary, the cache or the workspace; nothing
  ///   has changed then.
  func forward(
    _ batch: ModelBatch, cache: KVCache, workspace: ModelWorkspace
  ) throws(ModelBatchError) -> Logits
}

/// The logits of one step: `[rowCount × vocabularySize]`, fp32, one row for each logit row of the batch in order.
package struct Logits {
  /// Rows of the step.
  package let rowCount: Int
  /// Columns.
  package let vocabularySize: Int
  private let base: UnsafeMutablePointer<Float>

  init(base: UnsafeMutablePointer<Float>, rowCount: Int, vocabularySize: Int) {
    self.base = base
    self.rowCount = rowCount
    self.vocabularySize = vocabularySize
  }

  /// Row `index`, in `0..<rowCount`; valid until the workspace's next step.
  package func row(_ index: Int) -> UnsafeMutableBufferPointer<Float> {
    precondition((0..<rowCount).contains(index), "logit row \(index) of \(rowCount)")
    return UnsafeMutableBufferPointer(start: base + index * vocabularySize, count: vocabularySize)
  }
}
