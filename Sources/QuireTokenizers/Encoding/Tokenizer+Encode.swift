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
    var text = text
    return text.withUTF8 { utf8 in
      precondition(
        utf8.count <= Int32.max, "a text of \(utf8.count) bytes; at most 2 GiB are encoded at once")
      var run = EncodingRun(tokenizer: self, recognizeSpecialTokens: recognizeSpecialTokens)
      run.output.reserveCapacity(utf8.count / 3 + 8)
      if addSpecialTokens { run.output.append(contentsOf: model.prefixTokens) }
      run.encode(utf8)
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

  init(tokenizer: Tokenizer, recognizeSpecialTokens: Bool) {
    self.tokenizer = tokenizer
    self.recognizeSpecialTokens = recognizeSpecialTokens
  }

  /// Added tokens first, then normalisation, then the added tokens of normalised text.
  mutating func encode(_ text: UnsafeBufferPointer<UInt8>) {
    tokenizer.rawMatcher.forEachSegment(of: text, recognizeSpecial: recognizeSpecialTokens) { segment in
      switch segment {
      case .token(let id): output.append(id)
      case .text(let range): normalize(UnsafeBufferPointer(rebasing: text[range]))
      }
    }
  }

  private mutating func normalize(_ text: UnsafeBufferPointer<UInt8>) {
    if tokenizer.model.normalizesToNFC, CanonicalComposition.mayChange(text) {
      CanonicalComposition.normalized(text).withUnsafeBufferPointer { encodeNormalized($0) }
    } else {
      encodeNormalized(text)
    }
  }

  private mutating func encodeNormalized(_ text: UnsafeBufferPointer<UInt8>) {
    guard let matcher = tokenizer.normalizedMatcher else { return encodeText(text) }
    matcher.forEachSegment(of: text, recognizeSpecial: recognizeSpecialTokens) { segment in
      switch segment {
      case .token(let id): output.append(id)
      case .text(let range): encodeText(UnsafeBufferPointer(rebasing: text[range]))
      }
    }
  }

  /// Cuts into pieces and merges each.
  private mutating func encodeText(_ text: UnsafeBufferPointer<UInt8>) {
    let model = tokenizer.model
    switch model.merging {
    case .listed(let table): encodeText(text, model, ListedMerges(table: table))
    case .rankedBytes: encodeText(text, model, RankedBytes(vocabulary: model.vocabulary))
    }
  }

  @inline(__always)
  private mutating func encodeText(
    _ text: UnsafeBufferPointer<UInt8>, _ model: TokenizerModel, _ ranks: some MergeRanks
  ) {
    let vocabulary = model.vocabulary
    model.byteTokens.withUnsafeBufferPointer { byteTokens in
      model.preTokenizer.forEachPiece(of: text) { piece in
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
