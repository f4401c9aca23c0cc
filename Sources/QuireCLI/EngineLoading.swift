import QuireBatch

/// What a run asks of model and engine.
struct EngineOptions: Sendable {
  /// A `.gguf` file, a directory in Hugging Face layout, or a model id in a local cache.
  let model: String
  /// `auto`, `none` or a path.
  let generationConfig: String
  /// `auto` or a `ChatFormat`.
  let chatTemplate: String
  let maxModelLength: Int?
  let maxSequenceCount: Int
  let maxBatchedTokenCount: Int
  let blockSize: Int
  let kvCacheByteCount: Int?
  let enablesChunkedPrefill: Bool
  let threadCount: Int?
}

/// An engine that is ready to run, and what the job must know of its model.
struct LoadedEngine {
  let engine: any BatchEngine
  let model: BatchModel
}

/// Opens the model, plans the KV cache and packs the weights.
///
/// Throws ``CommandError`` of kind `unusableModel`.
func loadEngine(_ options: EngineOptions, log: Log) throws(CommandError) -> LoadedEngine {
  throw CommandError(.unusableModel, "\(options.model): this build has no engine")
}
