extension Tokenizer {
  /// The token ids of `text`; about O(bytes), O(n log n) in the length of a single piece.
  ///
  /// - Parameters:
  ///   - text: any text below 2 GiB.
  ///   - recognizeSpecialTokens: true turns control tokens written in the text into their ids; false encodes them as ordinary
  ///     text. Added tokens that are not special are recognised either way, as in HF tokenizers.
  ///   - addSpecialTokens: true adds the tokens that the tokenizer puts around a text, BOS and EOS as it says.
  public func encode(
    _ text: String, recognizeSpecialTokens: Bool, addSpecialTokens: Bool = false
  ) -> [Int32] {
    encode(
      text, recognizeSpecialTokens: recognizeSpecialTokens, addSpecialTokens: addSpecialTokens,
      beginsText: true)
  }

  /// The same of a text that may follow another.
  ///
  /// - Parameter beginsText: false where text or tokens stand before it: many tokenizers put a space before what begins a
  ///   text alone.
  package func encode(
    _ text: String, recognizeSpecialTokens: Bool, addSpecialTokens: Bool = false, beginsText: Bool
  ) -> [Int32] {
    var text = text
    return text.withUTF8 { utf8 in
      precondition(
        utf8.count <= Int32.max, "a text of \(utf8.count) bytes; at most 2 GiB are encoded at once")
      var run = EncodingRun(tokenizer: self, recognizeSpecialTokens: recognizeSpecialTokens)
      run.output.reserveCapacity(utf8.count / 3 + 8)
      if addSpecialTokens { run.output.append(contentsOf: model.prefixTokens) }
      run.encode(utf8, beginsText: beginsText)
      if addSpecialTokens { run.output.append(contentsOf: model.suffixTokens) }
      return run.output
    }
  }
}

/// One call of `encode`: its working memory and its output.
struct EncodingRun {
  let tokenizer: Tokenizer
  let recognizeSpecialTokens: Bool
  var output: [Int32] = []
  private var merger = BytePairMerger()
  private var unigramMemory = UnigramModel.Memory()

  init(tokenizer: Tokenizer, recognizeSpecialTokens: Bool) {
    self.tokenizer = tokenizer
    self.recognizeSpecialTokens = recognizeSpecialTokens
  }

  /// Added tokens first, then normalisation, then the added tokens of normalised text.
  mutating func encode(_ text: UnsafeBufferPointer<UInt8>, beginsText: Bool) {
    tokenizer.rawMatcher.forEachSegment(of: text, recognizeSpecial: recognizeSpecialTokens) { segment in
      switch segment {
      case .token(let id): output.append(id)
      case .text(let range):
        normalize(
          UnsafeBufferPointer(rebasing: text[range]), beginsText: beginsText && range.lowerBound == 0)
      }
    }
  }

  /// The same, with control tokens only where `trusted` says: those of normalised text, too, are looked for as they are
  /// written there, and after normalisation in the rest.
  mutating func encode(_ text: UnsafeBufferPointer<UInt8>, _ trusted: TrustedText) {
    tokenizer.rawMatcher.forEachSegment(of: text, recognizeSpecial: false, trusted: trusted) { segment in
      switch segment {
      case .token(let id): output.append(id)
      case .text(let range):
        let part = UnsafeBufferPointer(rebasing: text[range])
        guard let matcher = tokenizer.normalizedMatcher else {
          return normalize(part, beginsText: range.lowerBound == 0)
        }
        matcher.forEachSegment(of: part, recognizeSpecial: false, trusted: trusted.alone(in: range)) {
          switch $0 {
          case .token(let id): output.append(id)
          case .text(let inside):
            normalize(
              UnsafeBufferPointer(rebasing: part[inside]), trusted: trusted.nowhere,
              beginsText: range.lowerBound + inside.lowerBound == 0)
          }
        }
      }
    }
  }

  private mutating func normalize(
    _ text: UnsafeBufferPointer<UInt8>, trusted: TrustedText? = nil, beginsText: Bool
  ) {
    tokenizer.model.normalizer.withNormalized(text, beginsText: beginsText) {
      encodeNormalized($0, trusted, beginsText: $1)
    }
  }

  private mutating func encodeNormalized(
    _ text: UnsafeBufferPointer<UInt8>, _ trusted: TrustedText? = nil, beginsText: Bool
  ) {
    guard let matcher = tokenizer.normalizedMatcher else { return encodeText(text, beginsText) }
    matcher.forEachSegment(of: text, recognizeSpecial: recognizeSpecialTokens, trusted: trusted) { segment in
      switch segment {
      case .token(let id): output.append(id)
      case .text(let range):
        encodeText(UnsafeBufferPointer(rebasing: text[range]), beginsText && range.lowerBound == 0)
      }
    }
  }

  /// Cuts into pieces and turns each into tokens.
  private mutating func encodeText(_ text: UnsafeBufferPointer<UInt8>, _ beginsText: Bool) {
    let model = tokenizer.model
    switch model.merging {
    case .listed(let table): encodeBytes(text, beginsText, model, ListedMerges(table: table))
    case .rankedBytes: encodeBytes(text, beginsText, model, RankedBytes(vocabulary: model.vocabulary))
    case .characters(let merges):
      model.preTokenizer.forEachPieceOfChain(of: text, beginsText: beginsText) {
        merges.encode($0, merger: &merger, into: &output)
      }
    case .scores(let pieces):
      model.preTokenizer.forEachPieceOfChain(of: text, beginsText: beginsText) {
        pieces.encode($0, merger: &merger, into: &output)
      }
    case .unigram(let unigram):
      model.preTokenizer.forEachPieceOfChain(of: text, beginsText: beginsText) {
        unigram.encode($0, &unigramMemory, into: &output)
      }
    }
  }

  /// Merges the bytes of each piece.
  @inline(__always)
  private mutating func encodeBytes(
    _ text: UnsafeBufferPointer<UInt8>, _ beginsText: Bool, _ model: TokenizerModel, _ ranks: some MergeRanks
  ) {
    let vocabulary = model.vocabulary
    model.byteTokens.withUnsafeBufferPointer { byteTokens in
      model.preTokenizer.forEachPiece(of: text, beginsText: beginsText) { piece in
        if model.looksUpWholePieces, let address = piece.baseAddress {
          let id = vocabulary.id(of: address, count: piece.count)
          if id >= 0 { return output.append(id) }
        }
        merger.begin()
        var unknownOpen = false
        for index in 0..<piece.count {
          let id = byteTokens[Int(piece[index])]
          if id >= 0 {
            merger.append(id, start: index)
            unknownOpen = false
          } else if let unknown = model.unknownTokenID {
            if !(unknownOpen && model.fusesUnknown) { merger.append(unknown, start: index) }
            unknownOpen = true
          }
        }
        merger.merge(piece, by: ranks, into: &output)
      }
    }
  }
}
