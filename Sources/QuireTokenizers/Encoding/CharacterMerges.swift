/// Byte pair encoding over characters by a list of merges, as Hugging Face's BPE without a byte alphabet.
struct CharacterMerges: Sendable {
  /// The pieces as they are written in normalised text.
  let pieces: Vocabulary
  /// The list of merges.
  let table: MergeTable
  /// Where texts may be cut before merging.
  let adjacency: AdjacentScalars
  /// The tokens of bytes; nil without `byte_fallback`.
  var fallback: ByteFallback?
  /// Stands for characters without a token; nil drops them.
  var unknownTokenID: Int32?
  /// A run of unknown characters becomes one token.
  var fusesUnknown = false
  /// A piece that is a token as a whole is that token, whatever the merges say.
  var looksUpWholePieces = false

  init(pieces: Vocabulary, table: MergeTable) {
    self.pieces = pieces
    self.table = table
    adjacency = AdjacentScalars(pieces)
  }

  /// Appends the ids of one piece of text; O(n log n) at worst, linear where texts can be cut.
  func encode(
    _ piece: UnsafeBufferPointer<UInt8>, merger: inout BytePairMerger, into output: inout [Int32]
  ) {
    guard let base = piece.baseAddress, !piece.isEmpty else { return }
    if looksUpWholePieces {
      let id = pieces.id(of: base, count: piece.count)
      if id >= 0 { return output.append(id) }
    }
    let scanner = TextScanner(piece)
    var segment = 0
    var position = 0
    var previous: UInt32?
    var pendingUnknown: Int32?
    var bytes: [Int32] = []
    func flush(_ merger: inout BytePairMerger, _ output: inout [Int32]) {
      merger.merge(
        UnsafeBufferPointer(start: base + segment, count: position - segment), by: ListedMerges(table: table),
        into: &output)
      merger.begin()
      segment = position
    }
    merger.begin()
    while position < piece.count {
      let length = scanner.scalarLength(at: position)
      let id = pieces.id(of: base + position, count: length)
      if id >= 0 {
        if let unknown = pendingUnknown { merger.append(unknown, start: position - segment) }
        pendingUnknown = nil
        let scalar = scanner.scalar(at: position)
        if let previous, !adjacency.mayJoin(previous, scalar) { flush(&merger, &output) }
        merger.append(id, start: position - segment)
        previous = scalar
      } else {
        previous = nil
        bytes.removeAll(keepingCapacity: true)
        if fallback?.append(UnsafeBufferPointer(start: base + position, count: length), to: &bytes) == true {
          // An unknown run before them stays open and comes after these bytes, as in HF tokenizers.
          for byte in bytes { merger.append(byte, start: position - segment) }
        } else if let unknownTokenID {
          if pendingUnknown != nil, !fusesUnknown { merger.append(unknownTokenID, start: position - segment) }
          pendingUnknown = unknownTokenID
        }
      }
      position += length
    }
    if let pendingUnknown { merger.append(pendingUnknown, start: position - segment) }
    flush(&merger, &output)
  }
}
