import QuireRequests
import QuireTokenizers

/// Cuts a context and what follows it into tokens, as lm-evaluation-harness does (`_encode_pair` in
/// `lm_eval/api/model.py`).
///
/// White space at the context's end goes to the continuation, whose tokens are those that the whole text has beyond as many
/// as the context has alone: a token over the border is the continuation's. Where tokens come before, as a
/// conversation's, a continuation is encoded alone.
struct ContinuationEncoder {
  /// The context; empty where nothing stands before the continuations.
  let context: [Int32]

  private let tokenizer: Tokenizer
  private let recognizesSpecialTokens: Bool
  /// The context and the white space behind it; nil where it is tokens.
  private let text: (context: String, space: String)?

  /// A context that is a text.
  init(_ text: String, tokenizer: Tokenizer, recognizesSpecialTokens: Bool) {
    self.tokenizer = tokenizer
    self.recognizesSpecialTokens = recognizesSpecialTokens
    let scalars = text.unicodeScalars
    var end = scalars.endIndex
    while end > scalars.startIndex, Self.isSpace(scalars[scalars.index(before: end)]) {
      end = scalars.index(before: end)
    }
    let split = (context: String(scalars[..<end]), space: String(scalars[end...]))
    self.text = split
    context =
      split.context.isEmpty
      ? [] : tokenizer.encode(split.context, recognizeSpecialTokens: recognizesSpecialTokens)
  }

  /// A context of tokens.
  /// - Parameter recognizesSpecialTokens: whether control tokens written in a continuation become such.
  init(_ context: [Int32], tokenizer: Tokenizer, recognizesSpecialTokens: Bool) {
    self.context = context
    self.tokenizer = tokenizer
    self.recognizesSpecialTokens = recognizesSpecialTokens
    text = nil
  }

  /// The tokens of a continuation; none where it adds none to the context.
  func tokens(of continuation: String) -> [Int32] {
    guard let text else {
      return tokenizer.encode(
        continuation, recognizeSpecialTokens: recognizesSpecialTokens, beginsText: false)
    }
    let whole = tokenizer.encode(
      text.context + text.space + continuation, recognizeSpecialTokens: recognizesSpecialTokens)
    return Array(whole.dropFirst(context.count))
  }

  /// What Python's `str.rstrip` takes off.
  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
  }
}
