/// The byte strings of a vocabulary's tokens as a trie, built once for a model.
///
/// Nodes stand in depth-first order, so that a walk is one pass that skips what it rejects.
package final class ConstraintVocabulary: Sendable {
  /// One more than the greatest token id: the bits of a mask.
  package let tokenCount: Int
  /// For each token, where its bytes begin in ``bytes``; one more at the end. Tokens without bytes are never
  /// allowed.
  let byteOffsets: [Int32]
  let bytes: [UInt8]
  /// Nodes in depth-first order without the root, and a last one that ends the others.
  let nodes: FlatTable<TrieNode>
  /// For each byte, the node of the tokens that begin with it, -1 where there are none, and how many such nodes stand
  /// before it.
  let roots: [(node: Int32, rank: Int32)]
  /// Tokens that end at each node, from its `firstToken` on.
  let nodeTokens: FlatTable<Int32>
  /// Bytes of the longest token.
  package let longestTokenByteCount: Int
  /// For each byte, whether it is a token of its own.
  let isSingleByteToken: [Bool]

  /// Tokens of 2, 4, 8 and 16 lower-case letters, or what comes near: ways on through text of any kind.
  let wordTokens: [Int32]

  /// Words of a mask, one bit for each token.
  package var maskWordCount: Int { (tokenCount + 63) / 64 }

  /// Some hundred milliseconds for 150,000 tokens.
  ///
  /// - Parameters:
  ///   - tokenCount: one more than the greatest token id.
  ///   - bytes: the bytes of a token; none for control tokens and ids without a token, which no answer may hold.
  package init(tokenCount: Int, bytes bytesOfToken: (Int32) -> [UInt8]) {
    precondition(tokenCount > 0 && tokenCount < Int32.max, "a vocabulary of \(tokenCount) tokens")
    var offsets: [Int32] = [0]
    offsets.reserveCapacity(tokenCount + 1)
    var all: [UInt8] = []
    for token in 0..<Int32(tokenCount) {
      all += bytesOfToken(token)
      offsets.append(Int32(all.count))
    }
    func range(_ token: Int32) -> Range<Int> { Int(offsets[Int(token)])..<Int(offsets[Int(token) + 1]) }
    let sorted = all.withUnsafeBufferPointer { all in
      (0..<Int32(tokenCount)).filter { !range($0).isEmpty }.sorted { a, b in
        let (left, right) = (all[range(a)], all[range(b)])
        if left.lexicographicallyPrecedes(right) { return true }
        return a < b && left.elementsEqual(right)
      }
    }
    var trie = TrieBuilder()
    for token in sorted { trie.append(token, all[range(token)]) }
    trie.finish()
    var single = [Bool](repeating: false, count: 256)
    for token in sorted where range(token).count == 1 { single[Int(all[range(token).lowerBound])] = true }
    var words: [Int: Int32] = [:]
    for token in sorted where range(token).count <= 16 {
      let text = all[range(token)]
      let isWord = text.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
      if isWord, words[text.count] == nil { words[text.count] = token }
    }
    wordTokens = [2, 4, 8, 16].compactMap { length in
      words.filter { $0.key <= length && $0.key > length / 2 }.max { $0.key < $1.key }?.value
    }
    self.tokenCount = tokenCount
    byteOffsets = offsets
    self.bytes = all
    var roots = [(node: Int32, rank: Int32)](repeating: (-1, 0), count: 256)
    var rank: Int32 = 0
    for (index, node) in trie.nodes.enumerated() where node.depth == 1 {
      roots[Int(node.byte)] = (Int32(index), rank)
      rank += 1
    }
    self.roots = roots
    nodes = FlatTable(trie.nodes)
    nodeTokens = FlatTable(trie.tokens)
    longestTokenByteCount = trie.nodes.reduce(0) { max($0, Int($1.depth)) }
    isSingleByteToken = single
  }

  /// Whether an id is below ``tokenCount``.
  package func contains(_ token: Int32) -> Bool { token >= 0 && Int(token) < tokenCount }

  /// The bytes of a token; none for a control token and outside the vocabulary.
  package func text(_ token: Int32) -> [UInt8] { Array(bytes(of: token)) }

  /// The bytes of a token; none outside the vocabulary.
  func bytes(of token: Int32) -> ArraySlice<UInt8> {
    guard contains(token) else { return [] }
    return bytes[Int(byteOffsets[Int(token)])..<Int(byteOffsets[Int(token) + 1])]
  }
}

/// One byte of some tokens.
struct TrieNode: BitwiseCopyable {
  let byte: UInt8
  /// Bytes up to here, from 1.
  let depth: Int32
  /// The first node that is not below this one.
  var end: Int32
  /// The place of the first token that ends here; those of the next node follow them, so that those of all
  /// nodes below do too.
  let firstToken: Int32
  /// Whether this byte and all below are ``isPlain(_:)``.
  var isPlain = true

  /// Printable ASCII but the quote and the backslash: what may stand in a string as it is.
  static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }
}

/// Takes tokens in ascending order of their bytes.
private struct TrieBuilder {
  var nodes: [TrieNode] = []
  var tokens: [Int32] = []
  /// The nodes from the root to the last one.
  private var path: [Int] = []

  mutating func append(_ token: Int32, _ text: ArraySlice<UInt8>) {
    var common = 0
    while common < path.count, common < text.count, nodes[path[common]].byte == text[text.startIndex + common]
    {
      common += 1
    }
    close(to: common)
    for byte in text.dropFirst(common) {
      path.append(nodes.count)
      nodes.append(TrieNode(byte: byte, depth: Int32(path.count), end: 0, firstToken: Int32(tokens.count)))
    }
    tokens.append(token)
  }

  mutating func finish() {
    close(to: 0)
    nodes.append(TrieNode(byte: 0, depth: 0, end: Int32(nodes.count + 1), firstToken: Int32(tokens.count)))
  }

  private mutating func close(to depth: Int) {
    while let last = path.last, path.count > depth {
      path.removeLast()
      nodes[last].end = Int32(nodes.count)
      if !TrieNode.isPlain(nodes[last].byte) { nodes[last].isPlain = false }
      if !nodes[last].isPlain, let parent = path.last { nodes[parent].isPlain = false }
    }
  }
}
