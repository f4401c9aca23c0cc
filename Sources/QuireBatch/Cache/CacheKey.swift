import QuireDigests
import QuireRequests

/// What an answer is found by across runs: all that its bits depend on.
struct CacheKey: Equatable, Sendable {
  /// What an index has of it.
  let head: LineKey
  // Apart from the first half for the alignment, as in a request's digest.
  private let rest: SIMD4<UInt32>

  /// The words of a SHA-256.
  var words: SIMD8<UInt32> { SIMD8(lowHalf: head.words, highHalf: rest) }

  /// The words as they stand in a file.
  init(words: SIMD8<UInt32>) {
    head = LineKey(words: words.lowHalf)
    rest = words.highHalf
  }

  /// The key of a request.
  ///
  /// - Parameter model: what all requests of a run have in common, of ``JobIdentity/computation``.
  init(_ request: RequestDigest, model: SIMD8<UInt32>) {
    var hash = SHA256()
    for word in 0..<8 { hash.update(UInt64(model[word]) << 32 | UInt64(request.words[word])) }
    self.init(words: hash.digest())
  }

  /// The 32 bytes of the key.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32)
    for word in 0..<8 { bytes.append(number: Int(words[word]), byteCount: 4) }
    return bytes
  }
}

extension JobIdentity {
  /// Options that say how a request is computed, and not how lines become requests or what is written of them.
  private static let computing: Set<String> = [
    "max_model_len", "dtype", "kv_cache_dtype", "quantization", "matmul", "reasoning_parser",
  ]

  /// The SHA-256 of what the answer to a prepared request depends on beside the request: model, arithmetic, number formats.
  var computation: SIMD8<UInt32> {
    JobIdentity(
      arithmeticVersion: arithmeticVersion, instructionSet: instructionSet,
      modelName: "answers, version \(CachedAnswer.formatVersion)",
      // A file under another name is the same model.
      files: files.map { File(name: "", byteCount: $0.byteCount, sha256: $0.sha256) },
      options: options.filter { Self.computing.contains($0.name) }
    ).digest
  }
}
