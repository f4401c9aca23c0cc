/// SentencePiece's compiled rules of normalisation, `precompiled_charsmap`: a double array of prefixes (darts-clone),
/// then the texts that they become, each with a NUL behind it.
///
/// Every look-up stays within the map, whatever its bytes say, and gives valid UTF-8.
struct CharacterMap: Sendable {
  private let units: FrozenBuffer<UInt32>
  private let texts: FrozenBuffer<UInt8>

  /// The map of the blob; nil where its sizes contradict each other, or the texts are no UTF-8.
  init?(_ blob: [UInt8]) {
    func word(_ offset: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(blob[offset + $1]) << UInt32(8 * $1) }
    }
    guard blob.count >= 4 else { return nil }
    let trieSize = Int(word(0))
    guard trieSize > 0, trieSize % 4 == 0, trieSize < blob.count - 4 else { return nil }
    let bytes = Array(blob[(4 + trieSize)...])
    guard bytes.last == 0, String(validating: bytes, as: UTF8.self) != nil else { return nil }
    units = FrozenBuffer(stride(from: 4, to: 4 + trieSize, by: 4).map(word))
    texts = FrozenBuffer(bytes)
  }

  /// The map as files keep it: the size of the array in bytes, the array, the texts.
  var blob: [UInt8] {
    var bytes: [UInt8] = []
    func append(_ word: UInt32) { withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) } }
    append(UInt32(4 * units.count))
    for unit in UnsafeBufferPointer(start: units.pointer, count: units.count) { append(unit) }
    return bytes + UnsafeBufferPointer(start: texts.pointer, count: texts.count)
  }

  /// A rule that begins a text.
  struct Match {
    /// Bytes of the text that the rule takes.
    let length: Int
    /// What they become; valid as long as the map.
    let replacement: UnsafeBufferPointer<UInt8>
  }

  /// The longest rule at `position`, as SentencePiece takes it.
  func longestMatch(in text: UnsafeBufferPointer<UInt8>, at position: Int) -> Match? {
    match(in: text, from: position, to: text.count, takesFirst: false)
  }

  /// The shortest rule at `start` within `start ..< end`, as Hugging Face tokenizers take it.
  private func firstMatch(in text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Match? {
    match(in: text, from: range.lowerBound, to: range.upperBound, takesFirst: true)
  }

  private func match(
    in text: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int, takesFirst: Bool
  ) -> Match? {
    let units = UnsafeBufferPointer(start: units.pointer, count: units.count)
    var found: Match?
    var node = Self.offset(units[0])
    var position = start
    while position < end {
      node ^= Int(text[position])
      guard node < units.count else { break }
      let unit = units[node]
      guard unit & 0x8000_00FF == UInt32(text[position]) else { break }
      node ^= Self.offset(unit)
      position += 1
      guard unit >> 8 & 1 == 1, node < units.count else { continue }
      let isBoundary = position == text.count || text[position] & 0xC0 != 0x80
      if isBoundary, let replacement = replacement(at: Int(units[node] & 0x7FFF_FFFF)) {
        found = Match(length: position - start, replacement: replacement)
        if takesFirst { break }
      }
    }
    return found
  }

  private static func offset(_ unit: UInt32) -> Int {
    Int((unit >> 10) << ((unit & (1 << 9)) >> 6))
  }

  /// The text that begins at byte `offset`, up to its NUL; nil where no text can begin there.
  private func replacement(at offset: Int) -> UnsafeBufferPointer<UInt8>? {
    guard offset < texts.count, texts.pointer[offset] & 0xC0 != 0x80 else { return nil }
    var end = offset
    while texts.pointer[end] != 0 { end += 1 }
    return UnsafeBufferPointer(start: texts.pointer + offset, count: end - offset)
  }
}

extension CharacterMap {
  /// The text with the rules applied as Hugging Face tokenizers do: a grapheme of fewer than 6 bytes becomes what its
  /// shortest rule says, whole, and one without a rule scalar by scalar; nil where nothing changes.
  func applied(to text: UnsafeBufferPointer<UInt8>, front: Int) -> NormalizedText? {
    var output: [UInt8] = []
    output.reserveCapacity(text.count)
    var isChanged = false
    var newFront = front
    func append(_ range: Range<Int>) -> Bool {
      guard let match = firstMatch(in: text, range) else { return false }
      output.append(contentsOf: match.replacement)
      isChanged = true
      if range.lowerBound < front { newFront = output.count }
      return true
    }
    let scanner = TextScanner(text)
    let string = String(decoding: text, as: UTF8.self)
    var position = 0
    while position < text.count {
      let end = graphemeEnd(string, text, position)
      if end - position >= 6 || !append(position..<end) {
        while position < end {
          let next = position + scanner.scalarLength(at: position)
          if !append(position..<next) { output.append(contentsOf: text[position..<next]) }
          position = next
        }
      }
      position = end
    }
    // Where the first character goes, HF tokenizers take the next one for the first.
    if front > 0, newFront == 0, !output.isEmpty {
      newFront = output.withUnsafeBufferPointer { TextScanner($0).scalarLength(at: 0) }
    }
    return isChanged ? NormalizedText(bytes: output, front: newFront) : nil
  }

  private func graphemeEnd(_ string: String, _ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
    // Two ASCII characters are one grapheme only as CR and LF.
    let isSimple =
      text[start] < 0x80
      && (start + 1 == text.count || (text[start + 1] < 0x80 && text[start] != UInt8(ascii: "\r")))
    if isSimple { return start + 1 }
    let index = string.utf8.index(string.startIndex, offsetBy: start)
    return string.utf8.distance(from: string.startIndex, to: string.index(after: index))
  }
}
