import QuireEngine
import QuireRequests

/// The answers of a request as they stand in a cache: everything of them that does not stand in the request.
enum CachedAnswer {
  /// The version of these bytes, which is a part of the key.
  static let formatVersion = 1

  /// The bytes of an output.
  static func bytes(of output: RequestOutput) -> [UInt8] {
    var bytes: [UInt8] = []
    if let pooled = output.pooled { return Self.bytes(ofPooled: pooled) }
    bytes.append(journalNumber: output.outputs.count)
    for completion in output.outputs { bytes.append(completion) }
    bytes.append(flag: output.promptLogprobs != nil)
    for position in output.promptLogprobs ?? [] { bytes.append(position: position ?? []) }
    for score in output.scores ?? [] { bytes.append(score) }
    return bytes
  }

  /// Reads an output back; nil for bytes that are no answer to the request, whoever made them.
  ///
  /// - Parameter vocabularySize: token ids are below it.
  static func output(
    _ bytes: [UInt8], of request: PreparedRequest, vocabularySize: Int
  ) -> RequestOutput? {
    if let pooling = request.pooling { return pooledOutput(bytes, of: request, pooling) }
    var reader = CacheReader(bytes, vocabularySize: vocabularySize)
    let params = request.params
    if let scoring = request.scoring { return reader.scores(scoring, request) }
    guard let count = reader.bytes.number(), (1...params.n).contains(count) else { return nil }
    var outputs: [CompletionOutput] = []
    for index in 0..<count {
      guard let completion = reader.completion(index, params),
        completion.tokenIDs.count <= request.outputTokenLimit
      else { return nil }
      outputs.append(completion)
    }
    var promptLogprobs: [PositionLogprobs?]?
    guard let hasPromptLogprobs = reader.flag(), hasPromptLogprobs == (params.promptLogprobs != nil) else {
      return nil
    }
    if hasPromptLogprobs {
      guard let positions = reader.positions(count: request.promptTokenIDs.count, firstIsEmpty: true) else {
        return nil
      }
      promptLogprobs = positions.map { $0.isEmpty ? nil : $0 }
    }
    guard reader.bytes.isAtEnd else { return nil }
    return RequestOutput(
      promptTokenIDs: request.promptTokenIDs, outputs: outputs, promptLogprobs: promptLogprobs,
      history: request.history)
  }
}

/// Reads the parts of a cached answer, each of which may be anything.
private struct CacheReader {
  var bytes: JournalBytes
  let vocabularySize: Int

  init(_ bytes: [UInt8], vocabularySize: Int) {
    self.bytes = JournalBytes(bytes)
    self.vocabularySize = vocabularySize
  }

  /// The output of a request that scores texts: no answers, no scores of its prompt, and those of its texts.
  mutating func scores(_ scoring: ScoringPlan, _ request: PreparedRequest) -> RequestOutput? {
    guard bytes.number() == 0, flag() == false else { return nil }
    var scores: [ContinuationScore] = []
    for (tokenIDs, byteCount) in zip(scoring.continuations, scoring.byteCounts) {
      guard let isGreedy = flag() else { return nil }
      var score = ContinuationScore(
        tokenIDs: tokenIDs, tokenLogprobs: [], isGreedy: isGreedy, byteCount: byteCount)
      for _ in tokenIDs {
        guard let word = bytes.word(), Float(bitPattern: word) <= 0 else { return nil }
        score.tokenLogprobs.append(Float(bitPattern: word))
      }
      guard let hasLogprobs = flag(), hasLogprobs == (request.params.logprobs != nil) else { return nil }
      if hasLogprobs {
        guard let positions = positions(count: tokenIDs.count, firstIsEmpty: false) else { return nil }
        score.logprobs = positions
      }
      scores.append(score)
    }
    guard bytes.isAtEnd else { return nil }
    return RequestOutput(
      promptTokenIDs: request.contextTokenIDs, outputs: [], history: request.history, scores: scores)
  }

  mutating func flag() -> Bool? {
    switch bytes.number() {
    case 0: false
    case 1: true
    default: nil
    }
  }

  mutating func token() -> Int32? {
    bytes.number().flatMap { $0 < vocabularySize ? Int32(exactly: $0) : nil }
  }

  mutating func completion(_ index: Int, _ params: SamplingParams) -> CompletionOutput? {
    guard let text = bytes.text(), let hasReasoning = flag() else { return nil }
    var completion = CompletionOutput(index: index, text: text, tokenIDs: [], finishReason: .stop)
    if hasReasoning {
      guard let reasoning = bytes.text() else { return nil }
      completion.reasoning = reasoning
    }
    guard let count = bytes.number(), count <= bytes.restCount else { return nil }
    for _ in 0..<count {
      guard let id = token() else { return nil }
      completion.tokenIDs.append(id)
    }
    switch bytes.number() {
    case 0: completion.finishReason = .length
    case 1: break
    case 2:
      guard let id = token() else { return nil }
      completion.stopReason = .tokenID(id)
    case 3:
      guard let text = bytes.text() else { return nil }
      completion.stopReason = .string(text)
    default: return nil
    }
    guard let cumulative = sum(), let unforced = sum() else { return nil }
    completion.cumulativeLogprob = cumulative
    completion.unforcedLogprob = unforced
    guard let hasLogprobs = flag(), hasLogprobs == (params.logprobs != nil) else { return nil }
    if hasLogprobs {
      guard let positions = positions(count: count, firstIsEmpty: false) else { return nil }
      completion.logprobs = positions
    }
    return completion
  }

  /// A sum of logarithms of probabilities, or none.
  mutating func sum() -> Double?? {
    guard let isThere = flag() else { return nil }
    guard isThere else { return .some(nil) }
    guard let low = bytes.word(), let high = bytes.word() else { return nil }
    let sum = Double(bitPattern: UInt64(high) << 32 | UInt64(low))
    return sum < .infinity ? sum : nil
  }

  /// As many positions; each has an entry, but for the first where that has none.
  mutating func positions(count: Int, firstIsEmpty: Bool) -> [PositionLogprobs]? {
    var positions: [PositionLogprobs] = []
    for index in 0..<count {
      guard let entryCount = bytes.number(), entryCount <= bytes.restCount,
        (entryCount == 0) == (firstIsEmpty && index == 0)
      else { return nil }
      var entries: PositionLogprobs = []
      for _ in 0..<entryCount {
        guard let id = token(), let word = bytes.word(), let rank = bytes.number(), let hasText = flag()
        else { return nil }
        var entry = TokenLogprob(tokenID: id, logprob: Float(bitPattern: word), rank: rank)
        guard entry.logprob < .infinity, (1...vocabularySize).contains(rank) else { return nil }
        if hasText {
          guard let text = bytes.text() else { return nil }
          entry.text = text
        }
        entries.append(entry)
      }
      positions.append(entries)
    }
    return positions
  }
}

extension JournalBytes {
  /// The next text: its length and its bytes, which are UTF-8.
  fileprivate mutating func text() -> String? {
    number().flatMap { take($0) }.flatMap { String(validating: $0, as: UTF8.self) }
  }
}

extension [UInt8] {
  fileprivate mutating func append(flag: Bool) { append(flag ? 1 : 0) }

  fileprivate mutating func append(text: String) {
    append(journalNumber: text.utf8.count)
    append(contentsOf: text.utf8)
  }

  fileprivate mutating func append(_ completion: CompletionOutput) {
    append(text: completion.text)
    append(flag: completion.reasoning != nil)
    if let reasoning = completion.reasoning { append(text: reasoning) }
    append(journalNumber: completion.tokenIDs.count)
    for id in completion.tokenIDs { append(journalNumber: Int(id)) }
    switch (completion.finishReason, completion.stopReason) {
    case (.stop, nil): append(1)
    case (.stop, .tokenID(let id)):
      append(2)
      append(journalNumber: Int(id))
    case (.stop, .string(let text)):
      append(3)
      append(text: text)
    default: append(0)
    }
    for sum in [completion.cumulativeLogprob, completion.unforcedLogprob] {
      append(flag: sum != nil)
      guard let bits = sum?.bitPattern else { continue }
      append(journalWord: UInt32(truncatingIfNeeded: bits))
      append(journalWord: UInt32(truncatingIfNeeded: bits >> 32))
    }
    append(flag: completion.logprobs != nil)
    for position in completion.logprobs ?? [] { append(position: position) }
  }

  /// Its tokens and the bytes of its text stand in the request.
  fileprivate mutating func append(_ score: ContinuationScore) {
    append(flag: score.isGreedy)
    for logprob in score.tokenLogprobs { append(journalWord: logprob.bitPattern) }
    append(flag: score.logprobs != nil)
    for position in score.logprobs ?? [] { append(position: position) }
  }

  fileprivate mutating func append(position: PositionLogprobs) {
    append(journalNumber: position.count)
    for entry in position {
      append(journalNumber: Int(entry.tokenID))
      append(journalWord: entry.logprob.bitPattern)
      append(journalNumber: entry.rank)
      append(flag: entry.text != nil)
      if let text = entry.text { append(text: text) }
    }
  }
}
