/// What happens to a text before it is cut into pieces: steps, each of which works on what the one before left.
struct TextNormalizer: Sendable {
  /// The steps in the order in which they are applied; none leaves every text as it is.
  var steps: [NormalizationStep] = []

  /// Leaves every text as it is.
  static let identity = TextNormalizer()
  /// Normalisation form C.
  static let nfc = TextNormalizer(steps: [.form(.nfc)])

  /// Calls `body` with the normalised text, and with whether it begins the whole text and lost nothing in front.
  ///
  /// - Parameters:
  ///   - text: valid UTF-8, not empty.
  ///   - beginsText: whether nothing stands before `text`, an added token neither.
  func withNormalized(
    _ text: UnsafeBufferPointer<UInt8>, beginsText: Bool, _ body: (UnsafeBufferPointer<UInt8>, Bool) -> Void
  ) {
    let front = beginsText && !text.isEmpty ? TextScanner(text).scalarLength(at: 0) : 0
    var changed: NormalizedText?
    for step in steps {
      if let before = changed {
        changed =
          before.bytes.withUnsafeBufferPointer { step.applied(to: $0, front: before.front) } ?? before
      } else {
        changed = step.applied(to: text, front: front)
      }
    }
    guard let changed else { return body(text, beginsText) }
    changed.bytes.withUnsafeBufferPointer { body($0, changed.front > 0) }
  }

  /// What an added token that is looked for in normalised text is looked for as.
  ///
  /// SentencePiece keeps such tokens apart from normalisation; Hugging Face tokenizers normalise them, too.
  func normalizedToken(_ content: [UInt8]) -> [UInt8] {
    var result = content
    for step in steps where !result.isEmpty {
      if case .sentencePiece = step { continue }
      result = result.withUnsafeBufferPointer { step.applied(to: $0, front: 0) }?.bytes ?? result
    }
    return result
  }

  /// The most bytes of a text that one byte of its normalised form can stand for; nil where there is no bound.
  var mostBytesPerByte: Int? {
    var product = 1
    for step in steps {
      guard let factor = step.mostBytesPerByte else { return nil }
      product = min(product * factor, 1 << 20)
    }
    return product
  }
}

/// A text after a step.
struct NormalizedText {
  /// The text, valid UTF-8.
  var bytes: [UInt8]
  /// The bytes that stand for the first character of the whole text; 0 where that is not in it any more.
  var front: Int
}
