import QuireEngine
import QuireRequests

/// A cache as a run of one model sees it.
package struct RunCache: Sendable {
  let cache: AnswerCache
  /// What all requests of the run have in common, of ``JobIdentity/computation``.
  let model: SIMD8<UInt32>
  /// Token ids are below it.
  let vocabularySize: Int

  /// What the answer to a request is kept under.
  func key(_ digest: RequestDigest) -> CacheKey { CacheKey(digest, model: model) }

  /// The answer to a request; nil where there is none.
  func output(_ key: CacheKey, of request: PreparedRequest) -> RequestOutput? {
    cache.output(key, of: request, vocabularySize: vocabularySize)
  }
}
