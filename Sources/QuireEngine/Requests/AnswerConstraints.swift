package import QuireRequests
package import QuireStructuredOutput
package import QuireTokenizers
import QuireSampling
import Synchronization

/// The constraints on answers that the requests of one model have asked for, each compiled once.
///
/// Usable from any number of threads. The vocabulary is arranged for them when the first one comes.
package final class AnswerConstraints: Sendable {
  private let vocabularySize: Int
  private let tokenizer: Tokenizer
  private let cache = Mutex<ConstraintCache?>(nil)

  /// No constraints yet.
  ///
  /// - Parameter vocabularySize: number of logits in a row of the model.
  package init(vocabularySize: Int, tokenizer: Tokenizer) {
    self.vocabularySize = vocabularySize
    self.tokenizer = tokenizer
  }

  /// A constraint for the model's vocabulary, nil where answers are free.
  ///
  /// - Parameters:
  ///   - stopChecker: what ends the answers, and how long they may be.
  ///   - reservedTokenCount: tokens that have to come before what the constraint says.
  /// - Throws: `RequestError` where the constraint is malformed or not covered, where its shortest answer is longer than
  ///   the limit, and where it admits the empty answer alone and nothing could end that.
  package func compiled(
    _ structure: OutputConstraint?, stopChecker: StopChecker, reservedTokenCount: Int = 0
  ) throws(RequestError) -> CompiledConstraint? {
    guard let structure else { return nil }
    let outputTokenLimit = stopChecker.outputTokenLimit
    let compiled: CompiledConstraint
    do throws(ConstraintError) {
      compiled = try constraintCache.compiled(structure)
    } catch {
      throw RequestError(error, of: structure.kind)
    }
    let leastTokenCount = compiled.shortestCompletion + reservedTokenCount
    guard leastTokenCount <= outputTokenLimit else {
      throw RequestError(
        .invalidValue, .parameter(.maxTokens),
        found:
          "\(field: .maxTokens) leaves \(outputTokenLimit) tokens (the model's length considered), "
          + "but the shortest answer that \(place: .constraint(structure.kind)) is sure of takes "
          + "\(leastTokenCount)",
        remedy: "raise it, or shorten the prompt where the model's length binds")
    }
    guard !AnswerStructure(compiled, stopChecker: stopChecker).isComplete(outputTokenCount: 0) else {
      throw RequestError(
        .invalidValue, .constraint(structure.kind),
        found:
          "\(place: .constraint(structure.kind)) admits the empty answer alone, which no token can end here",
        remedy: "leave out \(field: .ignoreEOS) and \(field: .minTokens), or admit more")
    }
    return compiled
  }

  private var constraintCache: ConstraintCache {
    cache.withLock { cache in
      if let cache { return cache }
      // Control tokens have no place in an answer, and ids that only pad the model's vocabulary no text.
      let vocabulary = ConstraintVocabulary(tokenCount: vocabularySize) { [tokenizer] id in
        Int(id) < tokenizer.vocabularySize && !tokenizer.isSpecial(id) ? tokenizer.bytes(of: id) : []
      }
      let made = ConstraintCache(vocabulary: vocabulary)
      cache = made
      return made
    }
  }
}
