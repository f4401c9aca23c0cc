import QuireDigests
package import QuireEngine
import QuireRequests

/// What two requests of one model have in common when their answers are equal to the last bit.
///
/// The SHA-256 of all that an answer depends on beside the model: the prompt's ids, the parameters that have an effect, the
/// ends of the text, the random numbers, and what is reported of the conversation.
package struct RequestDigest: Hashable, Sendable {
  // In halves: what holds eight words together is aligned to 32 bytes, which allocations of objects otherwise are not.
  private let low: SIMD4<UInt32>
  private let high: SIMD4<UInt32>

  /// The 32 bytes of the digest as eight big-endian words.
  package var words: SIMD8<UInt32> { SIMD8(lowHalf: low, highHalf: high) }

  /// A digest of these words.
  package init(words: SIMD8<UInt32>) {
    low = words.lowHalf
    high = words.highHalf
  }

  /// The digest of what stands for more than its request.
  func joined(with content: [UInt8]) -> RequestDigest {
    var hash = SHA256()
    for word in 0..<8 { hash.update(UInt64(words[word])) }
    hash.update(content)
    return RequestDigest(words: hash.digest())
  }

  /// The digest of what stands for requests that are answered together.
  func joined(with other: RequestDigest) -> RequestDigest {
    var hash = SHA256()
    for word in 0..<8 { hash.update(UInt64(words[word])) }
    for word in 0..<8 { hash.update(UInt64(other.words[word])) }
    return RequestDigest(words: hash.digest())
  }

  /// Any part of a digest is as good a hash as all of it.
  package func hash(into hasher: inout Hasher) {
    hasher.combine(UInt64(low[0]) << 32 | UInt64(low[1]))
  }
}

/// Makes the digests of requests; keeps what the parameters of the last one came to, since lines mostly share them.
package struct RequestDigester {
  private var lastRules: RequestRules?
  private var afterParams = DigestText()

  /// Nothing is known of any request yet.
  package init() {}

  /// The digest of a request. Linear time.
  package mutating func digest(of request: PreparedRequest) -> RequestDigest {
    if lastRules !== request.rules {
      lastRules = request.rules
      // Greedy requests draw no random numbers.
      var params = request.params.normalized()
      if params.isGreedy { params.seed = nil }
      afterParams = DigestText()
      for row in SamplingRow.all { afterParams.add(row, of: params) }
    }
    var text = afterParams
    text.add(request.promptTokenIDs)
    text.add(request.eosTokenIDs)
    text.add(request.mayRecur ? 0 : request.randomKey)
    text.add(request.thoughtState)
    if let history = request.history {
      for count in [history.roundsKept, history.roundsDropped, history.userTokensCut] { text.add(count) }
    }
    if let scoring = request.scoring {
      text.add(scoring.contextTokenCount)
      text.add(scoring.continuations.count)
      for ids in scoring.continuations { text.add(ids) }
      for count in scoring.byteCounts { text.add(count) }
    }
    for number in request.pooling?.digestNumbers ?? [] { text.add(number) }
    return RequestDigest(words: text.hash.digest())
  }

  /// The digest of what is answered together.
  ///
  /// - Parameters:
  ///   - first: of the first request.
  ///   - further: those that run beside it; none leaves `first`.
  mutating func digest(_ first: RequestDigest, _ further: [PreparedRequest]) -> RequestDigest {
    var joined = first
    for request in further { joined = joined.joined(with: digest(of: request)) }
    return joined
  }
}

/// The digest of values in bytes, each list behind its count, so that no two sequences of values look alike.
private struct DigestText {
  private(set) var hash = SHA256()

  mutating func add(_ value: some FixedWidthInteger) { hash.update(UInt64(truncatingIfNeeded: value)) }

  mutating func add(_ value: Double) { add(value.bitPattern) }

  mutating func add(_ text: String) {
    add(text.utf8.count)
    hash.update(text)
  }

  mutating func add(_ ids: [Int32]) {
    add(ids.count)
    #if _endian(little)
      ids.withUnsafeBytes { hash.update($0) }
    #else
      for id in ids { withUnsafeBytes(of: id.littleEndian) { hash.update($0) } }
    #endif
  }

  /// One number says whether there is a value.
  private mutating func add<Value>(_ value: Value?, _ write: (inout DigestText, Value) -> Void) {
    add(value == nil ? 0 : 1)
    if let value { write(&self, value) }
  }

  /// Writes the value of one parameter.
  mutating func add(_ row: SamplingRow, of params: SamplingParams) {
    switch row.slot {
    case .boolean(let place): add(params[keyPath: place] ? 1 : 0)
    case .optionalBoolean(let place): add(params[keyPath: place]) { $0.add($1 ? 1 : 0) }
    case .count(let place, _): add(params[keyPath: place])
    case .optionalCount(let place, _): add(params[keyPath: place]) { $0.add($1) }
    case .seed(let place): add(params[keyPath: place]) { $0.add($1) }
    case .number(let place, _): add(params[keyPath: place])
    case .texts(let place): add(texts: params[keyPath: place])
    case .tokenIDs(let place): add(params[keyPath: place])
    case .optionalTokenIDs(let place): add(params[keyPath: place]) { $0.add($1) }
    case .biases(let place):
      add(params[keyPath: place]) { text, biases in
        text.add(biases.count)
        for (id, bias) in biases.sorted(by: { $0.key < $1.key }) {
          text.add(id)
          text.add(bias)
        }
      }
    case .constraint(let place): add(params[keyPath: place]) { $0.add(constraint: $1) }
    case .earlyStopping(let place):
      switch params[keyPath: place] {
      case .whenEnoughFinished: add(0)
      case .whenUnlikelyToImprove: add(1)
      case .never: add(2)
      }
    }
  }

  private mutating func add(texts: [String]) {
    add(texts.count)
    for text in texts { add(text) }
  }

  private mutating func add(constraint: OutputConstraint) {
    add(constraint.field)
    switch constraint {
    case .choice(let texts): add(texts: texts)
    case .regex(let text), .jsonSchema(let text), .grammar(let text), .structuralTag(let text): add(text)
    case .jsonObject: break
    case .spacedJSON(let schema, let whitespace): add(texts: [schema ?? "", whitespace])
    }
  }
}
