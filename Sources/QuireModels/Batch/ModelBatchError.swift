/// Why a batch cannot be run.
package enum ModelBatchError: Error, Equatable, CustomStringConvertible {
  /// A token id is outside `0..<vocabularySize`; `index` counts the batch's tokens from 0.
  case tokenOutOfVocabulary(tokenID: Int32, index: Int, vocabularySize: Int)
  /// A block id is outside `0..<blockCount`; `segment` counts the batch's sequences from 0.
  case blockOutOfRange(blockID: Int32, segment: Int, blockCount: Int)
  /// A sequence has fewer blocks than its positions need.
  case blockTableTooShort(segment: Int, blockCount: Int, needed: Int)
  /// More tokens than the workspace was made for.
  case tooManyTokens(found: Int, limit: Int)
  /// More logit rows than the workspace was made for.
  case tooManyLogitRows(found: Int, limit: Int)

  /// One line with the value found and the values expected.
  package var description: String {
    switch self {
    case .tokenOutOfVocabulary(let tokenID, let index, let vocabularySize):
      "token id \(tokenID) (token \(index) of the step) is outside the vocabulary 0..<\(vocabularySize)"
    case .blockOutOfRange(let blockID, let segment, let blockCount):
      "block \(blockID) of sequence \(segment) is outside the KV cache's 0..<\(blockCount)"
    case .blockTableTooShort(let segment, let blockCount, let needed):
      "sequence \(segment) has \(blockCount) blocks, its positions need \(needed)"
    case .tooManyTokens(let found, let limit):
      "\(found) tokens in one step, the model's workspace holds \(limit)"
    case .tooManyLogitRows(let found, let limit):
      "\(found) rows of logits in one step, the model's workspace holds \(limit)"
    }
  }
}

extension ModelBatch {
  /// Checks everything that the kernels take for granted; linear in tokens and blocks.
  ///
  /// Entries of tables before those that a segment's first token sees on some layer of the group are read by nobody, and
  /// may be anything.
  func check(
    vocabularySize: Int, cache: KVCache, workspace: ModelWorkspace
  ) throws(ModelBatchError) {
    precondition(groupCount == cache.groups.count, "a batch has tables for the groups of its cache")
    if tokenCount > workspace.maxTokenCount {
      throw .tooManyTokens(found: tokenCount, limit: workspace.maxTokenCount)
    }
    if let index = tokenIDs.firstIndex(where: { $0 < 0 || $0 >= vocabularySize }) {
      throw .tokenOutOfVocabulary(tokenID: tokenIDs[index], index: index, vocabularySize: vocabularySize)
    }
    for (index, segment) in segments.enumerated() {
      let positionCount = segment.contextStart + segment.tokenCount
      let needed = (positionCount + cache.blockSize - 1) / cache.blockSize
      if segment.blockCount < needed {
        throw .blockTableTooShort(segment: index, blockCount: segment.blockCount, needed: needed)
      }
      for group in 0..<groupCount {
        let window = cache.groups.window(ofGroup: group) ?? .max
        let start = segment.blockTableStart + group * segment.blockCount
        let firstVisible = max(0, segment.contextStart - (window - 1)) / cache.blockSize
        let blocks = blockTables[start + firstVisible..<start + needed]
        if let block = blocks.first(where: { $0 < 0 || $0 >= cache.blockCount }) {
          throw .blockOutOfRange(blockID: block, segment: index, blockCount: cache.blockCount)
        }
      }
    }
  }
}
