/// Finds added tokens in text: the leftmost first, of those that start together the longest.
///
/// A trie; looking through a text costs O(bytes × longest token) at worst and one table look-up a byte where no token starts.
struct AddedTokenMatcher: Sendable {
  private struct Node: Sendable {
    var firstChild: Int32 = -1
    var nextSibling: Int32 = -1
    var token: Int32 = -1
    var byte: UInt8 = 0
  }

  /// The tokens that are looked for.
  let tokens: [AddedToken]
  private var nodes: [Node] = [Node()]
  /// The node of each first byte, or -1.
  private var roots = [Int32](repeating: -1, count: 256)

  /// A matcher of `tokens`; those without text are never found, of two with one text the first is.
  init(_ tokens: [AddedToken]) {
    self.tokens = tokens
    for (index, token) in tokens.enumerated() where !token.content.isEmpty {
      var node = 0
      for byte in token.content { node = child(of: node, byte) ?? addChild(to: node, byte) }
      if nodes[node].token < 0 { nodes[node].token = Int32(index) }
      roots[Int(token.content[0])] = Int32(child(of: 0, token.content[0]) ?? -1)
    }
  }

  /// A part of the text.
  enum Segment {
    case text(Range<Int>)
    case token(Int32)
  }

  /// Calls `emit` with the tokens found and the text between them.
  ///
  /// - Parameters:
  ///   - recognizeSpecial: false leaves special tokens in the text; a found one still hides others that overlap it, as in
  ///     HF tokenizers.
  ///   - trusted: where given, decides alone which tokens become such; those it refuses hide none.
  func forEachSegment(
    of text: UnsafeBufferPointer<UInt8>, recognizeSpecial: Bool, trusted: TrustedText? = nil,
    _ emit: (Segment) -> Void
  ) {
    let scanner = TextScanner(text)
    var textStart = 0
    var position = 0
    while let found = firstMatch(in: text, from: position) {
      position = found.range.upperBound
      let token = tokens[found.token]
      if let trusted {
        guard trusted.admits(token, at: found.range) else {
          position = found.range.lowerBound + 1
          continue
        }
      } else if token.isSpecial && !recognizeSpecial {
        continue
      }
      if token.isSingleWord && Self.touchesWord(scanner, found.range) { continue }
      var (start, end) = (found.range.lowerBound, found.range.upperBound)
      if token.stripsLeft {
        while start > textStart, scanner.scalarClass(at: scanner.previous(start)).isWhitespace {
          start = scanner.previous(start)
        }
        start = max(start, textStart)
      }
      if token.stripsRight { end = scanner.runEnd(from: end) { $0.isWhitespace } }
      if textStart < start { emit(.text(textStart..<start)) }
      // A token that lies within the whitespace which the one before took is gone with it.
      if start < end { emit(.token(token.id)) }
      textStart = max(textStart, end)
    }
    if textStart < text.count { emit(.text(textStart..<text.count)) }
  }

  /// The bytes of the longest token that begins at `position`, which lies before the end; nil where none does.
  func matchLength(in text: UnsafeBufferPointer<UInt8>, at position: Int) -> Int? {
    guard roots[Int(text[position])] >= 0 else { return nil }
    return longestMatch(in: text, at: position)?.range.count
  }

  private static func touchesWord(_ scanner: TextScanner, _ range: Range<Int>) -> Bool {
    let (start, end) = (range.lowerBound, range.upperBound)
    if start > 0, scanner.scalarClass(at: scanner.previous(start)).isWord { return true }
    return end < scanner.count && scanner.scalarClass(at: end).isWord
  }

  private func firstMatch(
    in text: UnsafeBufferPointer<UInt8>, from first: Int
  ) -> (token: Int, range: Range<Int>)? {
    roots.withUnsafeBufferPointer { roots in
      var start = first
      while start < text.count {
        if roots[Int(text[start])] >= 0, let match = longestMatch(in: text, at: start) { return match }
        start += 1
      }
      return nil
    }
  }

  private func longestMatch(
    in text: UnsafeBufferPointer<UInt8>, at start: Int
  ) -> (token: Int, range: Range<Int>)? {
    var node = Int(roots[Int(text[start])])
    var end = start + 1
    var match: (token: Int, range: Range<Int>)?
    while true {
      if nodes[node].token >= 0 { match = (Int(nodes[node].token), start..<end) }
      guard end < text.count, let next = child(of: node, text[end]) else { return match }
      node = next
      end += 1
    }
  }

  private func child(of node: Int, _ byte: UInt8) -> Int? {
    var next = nodes[node].firstChild
    while next >= 0 {
      if nodes[Int(next)].byte == byte { return Int(next) }
      next = nodes[Int(next)].nextSibling
    }
    return nil
  }

  private mutating func addChild(to node: Int, _ byte: UInt8) -> Int {
    nodes.append(Node(nextSibling: nodes[node].firstChild, byte: byte))
    nodes[node].firstChild = Int32(nodes.count - 1)
    return nodes.count - 1
  }
}
