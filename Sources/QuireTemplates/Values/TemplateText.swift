/// A text of a template: UTF-8, and of each byte whether the template itself wrote it.
///
/// Origins survive slicing and concatenation, which all other operations are made of. They take no part in equality,
/// order and hashes. An origin changes only between scalars.
package struct TemplateText: Sendable {
  /// The text in UTF-8.
  package private(set) var utf8: [UInt8]
  /// Offsets, ascending, within the text, at which the origin changes.
  private var changes: [Int] = []
  /// Whether the text begins with what the template wrote.
  private var beginsLiteral: Bool
  /// Whether it came from the filter `safe` or `escape`: `+` then escapes the other operand, as Markup does.
  var isMarkup = false

  /// A text of one origin.
  /// - Parameter isLiteral: whether the template wrote it, or the caller trusts it like the template.
  package init(_ text: String, isLiteral: Bool) {
    self.init(utf8: Array(text.utf8), isLiteral: isLiteral)
  }

  /// A text of valid UTF-8 and one origin.
  package init(utf8: [UInt8], isLiteral: Bool) {
    self.utf8 = utf8
    beginsLiteral = isLiteral
  }

  /// The empty text.
  static let empty = TemplateText(utf8: [], isLiteral: true)

  /// The text as a string. Linear time.
  package var string: String { String(decoding: utf8, as: UTF8.self) }

  /// Whether there is no byte.
  var isEmpty: Bool { utf8.isEmpty }
  /// The number of bytes.
  var byteCount: Int { utf8.count }

  /// Whether the byte at `offset` was written by the template. Logarithmic in the number of runs.
  func isLiteral(at offset: Int) -> Bool {
    changes.isEmpty ? beginsLiteral : beginsLiteral != (changesCount(upTo: offset) % 2 == 1)
  }

  /// The ranges of bytes of one origin, in order; none of an empty text.
  var runs: [(range: Range<Int>, isLiteral: Bool)] {
    guard !utf8.isEmpty else { return [] }
    var runs: [(range: Range<Int>, isLiteral: Bool)] = []
    var (start, isLiteral) = (0, beginsLiteral)
    for end in changes + [utf8.count] {
      runs.append((start..<end, isLiteral))
      (start, isLiteral) = (end, !isLiteral)
    }
    return runs
  }

  /// Whether the text ends with what the template wrote.
  private var endsLiteral: Bool { beginsLiteral != (changes.count % 2 == 1) }

  /// Appends a text with its origins.
  mutating func append(_ other: TemplateText) { append(other, in: 0..<other.utf8.count) }

  /// Appends a part of a text with its origins. Precondition: the range's ends are starts of scalars.
  mutating func append(_ other: TemplateText, in range: Range<Int>) {
    guard !range.isEmpty else { return }
    begin(isLiteral: other.isLiteral(at: range.lowerBound))
    if !other.changes.isEmpty {
      let shift = utf8.count - range.lowerBound
      let inside = other.changesCount(upTo: range.lowerBound)..<other.changesCount(upTo: range.upperBound - 1)
      for change in other.changes[inside] { changes.append(shift + change) }
    }
    utf8.append(contentsOf: other.utf8[range])
  }

  /// Notes the origin of bytes that are about to be appended.
  private mutating func begin(isLiteral: Bool) {
    if utf8.isEmpty {
      (beginsLiteral, changes) = (isLiteral, [])
    } else if isLiteral != endsLiteral {
      changes.append(utf8.count)
    }
  }

  /// Appends bytes of one origin.
  mutating func append(utf8 bytes: some Collection<UInt8>, isLiteral: Bool) {
    guard !bytes.isEmpty else { return }
    begin(isLiteral: isLiteral)
    utf8.append(contentsOf: bytes)
  }

  /// Appends a text that the template wrote.
  mutating func append(literal text: String) { append(utf8: text.utf8, isLiteral: true) }

  /// A part, with its origins. Precondition: the range's ends are starts of scalars.
  subscript(range: Range<Int>) -> TemplateText {
    var part = TemplateText.empty
    part.isMarkup = isMarkup
    part.append(self, in: range)
    return part
  }

  /// The changes at `offset` or before.
  private func changesCount(upTo offset: Int) -> Int {
    var (low, high) = (0, changes.count)
    while low < high {
      let middle = (low + high) / 2
      if changes[middle] <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension TemplateText: Equatable {
  /// Whether the characters are the same, whoever wrote them.
  package static func == (left: TemplateText, right: TemplateText) -> Bool { left.utf8 == right.utf8 }
}

extension TemplateText: Hashable {
  /// Hashes the characters alone.
  package func hash(into hasher: inout Hasher) { hasher.combine(utf8) }
}

extension TemplateText: Comparable {
  /// The order of code points, which is the order of UTF-8.
  package static func < (left: TemplateText, right: TemplateText) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }
}
