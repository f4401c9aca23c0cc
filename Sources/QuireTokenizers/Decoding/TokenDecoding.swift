/// How the texts of tokens become the text of all of them.
enum TokenDecoding: Sendable {
  /// Tokens are bytes in a row, read as UTF-8.
  case bytes
  /// Tokens are texts of their own, but for those of single bytes.
  case pieces(PieceDecoding)
}

/// How pieces become text, as the decoders of Hugging Face tokenizers do it.
struct PieceDecoding: Sendable {
  /// What happens to each piece on its own.
  enum Step: Equatable, Sendable {
    /// A literal, which is not empty, becomes another.
    case replace([UInt8], with: [UInt8])
    /// A character becomes a space, and vanishes from the first token with `dropsInFirst`.
    case metaspace([UInt8], dropsInFirst: Bool)
    /// Up to so many of a character go at both ends.
    case strip([UInt8], start: Int, stop: Int)
  }

  /// The steps in the order in which they are applied.
  var steps: [Step] = []
  /// Whether tokens such as `<0x0A>` are bytes; those in a row become text together.
  var joinsBytes = false
  /// A character that goes at the front of the whole text, at most ``strippedCount`` times.
  var stripped: [UInt8] = []
  /// How many of ``stripped`` go at most.
  var strippedCount = 0
  /// For each id the byte that it stands for, or -1; empty without ``joinsBytes``.
  var byteValues: [Int16] = []
  /// The tokens as they are written, for those that stand first.
  var pieces: Vocabulary?

  /// A space in front goes, U+2581 is a space, bytes are joined: what SentencePiece's models of today need.
  static func sentencePiece(stripsSpace: Bool) -> PieceDecoding {
    PieceDecoding(
      steps: [.replace(SentencePieceNormalizer.spaceSymbol, with: [UInt8(ascii: " ")])], joinsBytes: true,
      stripped: [UInt8(ascii: " ")], strippedCount: stripsSpace ? 1 : 0)
  }

  /// Whether the first token of a text may read otherwise than later ones.
  var readsFirstOtherwise: Bool {
    steps.contains { if case .metaspace(_, dropsInFirst: true) = $0 { true } else { false } }
  }

  /// The text of a piece on its own.
  func text(of piece: some Collection<UInt8>, isFirst: Bool) -> [UInt8] {
    var text = Array(piece)
    for step in steps {
      switch step {
      case .replace(let pattern, let content): text = Self.replaced(text, pattern, with: content)
      case .metaspace(let character, let dropsInFirst):
        text = Self.replaced(text, character, with: isFirst && dropsInFirst ? [] : [UInt8(ascii: " ")])
      case .strip(let character, let start, let stop):
        var rest = text[...]
        for _ in 0..<start where rest.starts(with: character) { rest = rest.dropFirst(character.count) }
        for _ in 0..<stop where rest.suffix(character.count).elementsEqual(character) {
          rest = rest.dropLast(character.count)
        }
        text = Array(rest)
      }
    }
    return text
  }

  private static func replaced(_ text: [UInt8], _ pattern: [UInt8], with content: [UInt8]) -> [UInt8] {
    text.withUnsafeBufferPointer {
      NormalizationStep.replace(pattern, with: content).applied(to: $0, front: 0)?.bytes
    } ?? text
  }
}
