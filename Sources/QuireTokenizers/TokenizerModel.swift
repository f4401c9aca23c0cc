/// Everything that a loader finds out, checked; what a ``Tokenizer`` is made of.
struct TokenizerModel: Sendable {
  /// How pieces become tokens.
  enum Merging: Sendable {
    /// Merges by rank of a list, as Hugging Face's BPE.
    case listed(MergeTable)
    /// Merges by rank of the resulting bytes, as tiktoken.
    case rankedBytes
    /// Merges of characters by rank of a list, as Hugging Face's BPE without a byte alphabet.
    case characters(CharacterMerges)
    /// Merges of characters by the score of the result, as SentencePiece's BPE.
    case scores(ScoredPieces)
    /// The best path through a unigram model.
    case unigram(UnigramModel)
  }

  /// All tokens, added ones too.
  var vocabulary: Vocabulary
  /// Found in the text as written.
  var addedTokens: [AddedToken] = []
  /// What happens to a text before it is cut.
  var normalizer = TextNormalizer.identity
  /// How text is cut into pieces.
  var preTokenizer: PreTokenizer
  /// How pieces become tokens.
  var merging: Merging
  /// How tokens become text.
  var decoding = TokenDecoding.bytes
  /// A piece that is a token as a whole is that token, whatever the merges say.
  var looksUpWholePieces = false
  /// The id of each single byte, or -1; for merges of bytes.
  var byteTokens: [Int32] = []
  /// Stands for bytes without a token; nil drops them.
  var unknownTokenID: Int32?
  /// A run of bytes without tokens becomes one unknown token, not one each.
  var fusesUnknown = false
  /// Put before the text on request.
  var prefixTokens: [Int32] = []
  /// Put after the text on request.
  var suffixTokens: [Int32] = []
  /// The beginning-of-text token.
  var bosTokenID: Int32?
  /// The end-of-text token.
  var eosTokenID: Int32?
  /// What the files call a token: `bos`, `pad`.
  var roles: [Int32: [String]] = [:]
}
