/// The parts of a text in which control tokens are recognised: what a chat template wrote itself, and not what messages
/// say.
struct TrustedText: Sendable {
  /// The trusted parts, in bytes of the text: ascending, none empty, none touching the next.
  private let ranges: [Range<Int>]
  /// Tokens that stay text elsewhere though they are not special.
  private let guardedIDs: Set<Int32>
  /// Whether added tokens that are neither special nor guarded are recognised elsewhere, as in any text.
  private let recognizesOrdinary: Bool

  /// Parts of a text; those that touch count as one.
  init(_ ranges: [Range<Int>], guarding guardedIDs: Set<Int32>) {
    var joined: [Range<Int>] = []
    for range in ranges where !range.isEmpty {
      if let last = joined.last, last.upperBound == range.lowerBound {
        joined[joined.count - 1] = last.lowerBound..<range.upperBound
      } else {
        joined.append(range)
      }
    }
    self.init(ranges: joined, guardedIDs: guardedIDs, recognizesOrdinary: true)
  }

  private init(ranges: [Range<Int>], guardedIDs: Set<Int32>, recognizesOrdinary: Bool) {
    self.ranges = ranges
    self.guardedIDs = guardedIDs
    self.recognizesOrdinary = recognizesOrdinary
  }

  /// The same for a part of the text, recognising nothing outside of the trusted parts.
  func alone(in part: Range<Int>) -> TrustedText {
    let first = index(of: part.lowerBound)
    let inside = ranges[first...].prefix { $0.lowerBound < part.upperBound }.map { range in
      max(range.lowerBound, part.lowerBound) - part.lowerBound..<min(range.upperBound, part.upperBound)
        - part.lowerBound
    }
    return TrustedText(ranges: inside, guardedIDs: guardedIDs, recognizesOrdinary: false)
  }

  /// The rule for a text of which nothing is trusted.
  var nowhere: TrustedText {
    TrustedText(ranges: [], guardedIDs: guardedIDs, recognizesOrdinary: true)
  }

  /// Whether a token that stands at `range` is recognised. Logarithmic in the number of parts.
  func admits(_ token: AddedToken, at range: Range<Int>) -> Bool {
    let place = index(of: range.lowerBound)
    if place < ranges.count, ranges[place].lowerBound <= range.lowerBound,
      range.upperBound <= ranges[place].upperBound
    {
      return true
    }
    return recognizesOrdinary && !token.isSpecial && !guardedIDs.contains(token.id)
  }

  /// The place of the first part that ends after `offset`.
  private func index(of offset: Int) -> Int {
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension Tokenizer {
  /// The token ids of a text of which only parts are trusted: control tokens written there become tokens, those that
  /// stand elsewhere, or only partly there, stay text. Where no control token stands elsewhere, the ids are those of the
  /// whole text with its control tokens recognised. BOS and EOS are not added.
  ///
  /// - Parameters:
  ///   - ranges: the trusted parts, in bytes of the text's UTF-8, ascending and disjoint.
  ///   - guardedIDs: added tokens that stay text elsewhere though they are not special.
  package func encode(
    _ text: String, trusting ranges: [Range<Int>], guarding guardedIDs: Set<Int32>
  ) -> [Int32] {
    var text = text
    let trusted = TrustedText(ranges, guarding: guardedIDs)
    return text.withUTF8 { utf8 in
      precondition(
        utf8.count <= Int32.max, "a text of \(utf8.count) bytes; at most 2 GiB are encoded at once")
      var run = EncodingRun(tokenizer: self, recognizeSpecialTokens: false)
      run.output.reserveCapacity(utf8.count / 3 + 8)
      run.encode(utf8, trusted)
      return run.output
    }
  }

  /// The added tokens whose text stands in `text`, special or not.
  package func addedTokenIDs(in text: String) -> Set<Int32> {
    var text = text
    var found: Set<Int32> = []
    text.withUTF8 { utf8 in
      for matcher in [rawMatcher, normalizedMatcher].compactMap({ $0 }) {
        matcher.forEachSegment(of: utf8, recognizeSpecial: true) { segment in
          if case .token(let id) = segment { found.insert(id) }
        }
      }
    }
    return found
  }
}
