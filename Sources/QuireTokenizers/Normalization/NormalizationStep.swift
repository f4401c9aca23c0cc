import QuireExpressions

/// One step of normalisation, as the normalizers of Hugging Face tokenizers and of SentencePiece do it.
enum NormalizationStep: Sendable {
  /// One of Unicode's normalisation forms.
  case form(NormalizationForm)
  /// Each scalar becomes its lowercase, apart from its neighbours.
  case lowercase
  /// Whitespace goes at the left or the right.
  case strip(left: Bool, right: Bool)
  /// Combining marks go.
  case stripAccents
  /// The control characters and spaces of SentencePiece's `nmt` rules.
  case nmt
  /// A text stands before every text that is not empty.
  case prepend([UInt8])
  /// A literal, which is not empty, becomes another.
  case replace([UInt8], with: [UInt8])
  /// The matches of an expression become a text.
  case replaceMatches(Expression, with: [UInt8])
  /// SentencePiece's compiled rules, as Hugging Face tokenizers apply them.
  case precompiled(CharacterMap)
  /// The whole of SentencePiece's own normalizer.
  case sentencePiece(SentencePieceNormalizer)

  /// The changed text, or nil where nothing changes.
  ///
  /// - Parameter front: the bytes that stand for the first character of the whole text, 0 where `text` does not begin it.
  func applied(to text: UnsafeBufferPointer<UInt8>, front: Int) -> NormalizedText? {
    switch self {
    case .form(let form):
      guard form.mayChange(text) else { return nil }
      // Composition may have left the front within a character.
      let end = text.indices.dropFirst(front).first { text[$0] & 0xC0 != 0x80 } ?? text.count
      let first = front == 0 ? [] : form.normalized(UnsafeBufferPointer(rebasing: text[..<end]))
      return NormalizedText(bytes: form.normalized(text), front: first.count)
    case .lowercase: return Self.mapped(text, front, Self.appendLowercase)
    case .strip(let left, let right): return Self.stripped(text, front, left: left, right: right)
    case .stripAccents:
      let marks = CompatibilityTable.shared.combiningMarks
      return Self.mapped(text, front) { scalar, output in
        if !marks.contains(scalar.value) { output.append(contentsOf: UTF8.encode(scalar)!) }
      }
    case .nmt: return Self.mapped(text, front, Self.appendNMT)
    case .prepend(let prefix):
      if text.isEmpty { return nil }
      return NormalizedText(bytes: prefix + text, front: front == 0 ? 0 : front + prefix.count)
    case .replace(let pattern, let content): return Self.replaced(text, front, pattern, with: content)
    case .replaceMatches(let expression, let content):
      return Self.replaced(text, front, expression, with: content)
    case .precompiled(let map): return map.applied(to: text, front: front)
    case .sentencePiece(let normalizer):
      return NormalizedText(bytes: normalizer.normalized(text, beginsText: front > 0), front: front)
    }
  }

  /// The most bytes of a text that one byte of the result can stand for; nil where there is no bound.
  var mostBytesPerByte: Int? {
    switch self {
    // Composition takes a text to a third of its bytes at most (Unicode Standard Annex #15, expansion factors);
    // twice that suffices for decompositions that compose in another way.
    case .form(.nfc), .form(.nfd): 6
    case .prepend: 1
    case .replace(let pattern, let content):
      content.isEmpty ? nil : max(1, (pattern.count + content.count - 1) / content.count)
    case .sentencePiece(let normalizer):
      normalizer.characterMap == nil && !normalizer.removesExtraSpaces ? 1 : nil
    case .form, .lowercase, .strip, .stripAccents, .nmt, .replaceMatches, .precompiled: nil
    }
  }

  /// The text with each scalar mapped on its own; nil where it comes out as it was.
  private static func mapped(
    _ text: UnsafeBufferPointer<UInt8>, _ front: Int, _ append: (Unicode.Scalar, inout [UInt8]) -> Void
  ) -> NormalizedText? {
    let scanner = TextScanner(text)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var newFront = 0
    var position = 0
    while position < scanner.count {
      if let scalar = Unicode.Scalar(scanner.scalar(at: position)) { append(scalar, &bytes) }
      if position < front { newFront = bytes.count }
      position += scanner.scalarLength(at: position)
    }
    if bytes.count == text.count, bytes.elementsEqual(text) { return nil }
    return NormalizedText(bytes: bytes, front: newFront)
  }

  private static func appendLowercase(_ scalar: Unicode.Scalar, _ output: inout [UInt8]) {
    if scalar.isASCII {
      let byte = UInt8(truncatingIfNeeded: scalar.value)
      output.append((0x41...0x5A).contains(byte) ? byte | 0x20 : byte)
    } else {
      output.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
    }
  }

  /// The rules that SentencePiece calls `nmt`, as Hugging Face tokenizers write them.
  private static func appendNMT(_ scalar: Unicode.Scalar, _ output: inout [UInt8]) {
    switch scalar.value {
    case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: return
    case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD:
      output.append(UInt8(ascii: " "))
    default: output.append(contentsOf: UTF8.encode(scalar)!)
    }
  }

  private static func stripped(
    _ text: UnsafeBufferPointer<UInt8>, _ front: Int, left: Bool, right: Bool
  ) -> NormalizedText? {
    let scanner = TextScanner(text)
    let start = left ? scanner.runEnd(from: 0) { $0.isWhitespace } : 0
    var end = scanner.count
    while right, end > start, scanner.scalarClass(at: scanner.previous(end)).isWhitespace {
      end = scanner.previous(end)
    }
    if start == 0, end == text.count { return nil }
    return NormalizedText(bytes: Array(text[start..<end]), front: max(0, front - start))
  }

  /// Replaces the leftmost occurrences that do not overlap; O(bytes × pattern) at worst.
  private static func replaced(
    _ text: UnsafeBufferPointer<UInt8>, _ front: Int, _ pattern: [UInt8], with content: [UInt8]
  ) -> NormalizedText? {
    var bytes: [UInt8] = []
    var newFront = front
    var copied = 0
    var position = 0
    while position + pattern.count <= text.count {
      guard text[position] == pattern[0], text[position..<(position + pattern.count)].elementsEqual(pattern)
      else {
        position += 1
        continue
      }
      bytes.append(contentsOf: text[copied..<position])
      bytes.append(contentsOf: content)
      if position < front { newFront = bytes.count }
      position += pattern.count
      copied = position
    }
    if copied == 0 { return nil }
    bytes.append(contentsOf: text[copied...])
    return NormalizedText(bytes: bytes, front: min(newFront, bytes.count))
  }

  private static func replaced(
    _ text: UnsafeBufferPointer<UInt8>, _ front: Int, _ expression: Expression, with content: [UInt8]
  ) -> NormalizedText? {
    var bytes: [UInt8] = []
    var newFront = front
    var copied = 0
    var isChanged = false
    expression.forEachMatch(in: text) { match in
      bytes.append(contentsOf: text[copied..<match.lowerBound])
      bytes.append(contentsOf: content)
      if match.lowerBound < front { newFront = bytes.count }
      copied = match.upperBound
      isChanged = true
    }
    if !isChanged { return nil }
    bytes.append(contentsOf: text[copied...])
    return NormalizedText(bytes: bytes, front: min(newFront, bytes.count))
  }
}
