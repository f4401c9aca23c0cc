import QuireExpressions

/// What a GGUF pre-tokenizer name stands for: the stages of the models' own tokenizers where they are published, else
/// those of llama.cpp.
struct GGUFPreTokenizer {
  /// One stage, as a name has it.
  enum Cut {
    /// Every match is a piece, and what lies between.
    case expression(String)
    /// Numbers, one by one or in a row.
    case digits(individual: Bool)
    /// Punctuation in a row.
    case punctuation
    /// Bytes become letters for the stages that follow.
    case byteLetters
  }

  let cuts: [Cut]
  var normalizesToNFC = false
  var looksUpWholePieces = false
  var addsBOS = false

  /// The pre-tokenizer of `name`, or nil for one that is not known, or that is none of byte-level BPE.
  static func named(_ name: String) -> GGUFPreTokenizer? {
    table.first { $0.names.contains(name) }?.meaning
  }

  /// The stages, with the hand-written scanner of each expression that has one.
  func stages() throws(TokenizerError) -> [PreTokenizer.Stage] {
    var stages: [PreTokenizer.Stage] = []
    for cut in cuts {
      switch cut {
      case .digits(let individual): stages.append(.digits(individual: individual))
      case .byteLetters: stages.append(.byteLetters)
      case .punctuation:
        stages.append(.delimiter(DelimiterSplit(expression: .punctuation, behavior: .contiguous)))
      case .expression(let text):
        stages.append(try .pieces(of: text, "tokenizer.ggml.pre", "the table of pre-tokenizers"))
      }
    }
    return stages
  }
}
