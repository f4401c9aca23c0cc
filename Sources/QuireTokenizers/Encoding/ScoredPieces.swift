/// Byte pair encoding over characters by the scores of pieces, as SentencePiece's BPE (its `bpe_model.cc`).
///
/// Two neighbours join where their texts together are a piece; the highest score goes first, then the leftmost.
struct ScoredPieces: Sendable {
  /// The pieces as they are written in normalised text.
  let pieces: Vocabulary
  /// Where texts may be cut before merging.
  let adjacency: AdjacentScalars
  /// For each id its place in the order of joining; equal scores have equal places.
  let ranks: FrozenBuffer<UInt32>
  /// The pieces that are joined, but taken apart again in the end.
  let unused: Set<Int32>
  /// The tokens of bytes.
  let fallback: ByteFallback
  /// Stands for characters that have no token and no bytes; a run of them becomes one.
  let unknownTokenID: Int32?

  init(
    pieces: Vocabulary, scores: [Float], unused: Set<Int32>, fallback: ByteFallback, unknownTokenID: Int32?
  ) {
    self.pieces = pieces
    self.unused = unused
    self.fallback = fallback
    self.unknownTokenID = unknownTokenID
    adjacency = AdjacentScalars(pieces)
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    var ranks = [UInt32](repeating: 0, count: scores.count)
    for (place, index) in order.enumerated().dropFirst() {
      let before = order[place - 1]
      ranks[index] = ranks[before] + (scores[index] < scores[before] ? 1 : 0)
    }
    self.ranks = FrozenBuffer(ranks)
  }

  /// Appends the ids of a text; O(n log n) at worst, linear where texts can be cut.
  func encode(
    _ text: UnsafeBufferPointer<UInt8>, merger: inout BytePairMerger, into output: inout [Int32]
  ) {
    guard let base = text.baseAddress, !text.isEmpty else { return }
    let scanner = TextScanner(text)
    var segment = 0
    var position = 0
    var previous: UInt32?
    var isPlain = unused.isEmpty
    var followsUnknown = false
    func flush(_ merger: inout BytePairMerger, _ output: inout [Int32]) {
      let part = UnsafeBufferPointer(start: base + segment, count: position - segment)
      let plainRanks = ScoredRanks(pieces: pieces, ranks: ranks.pointer)
      if isPlain {
        merger.merge(part, by: plainRanks, into: &output)
        followsUnknown = false
      } else {
        let recorder = unused.isEmpty ? nil : SplitRecorder(unused: unused)
        var joined: [Int32] = []
        merger.merge(part, by: RecordedRanks(ranks: plainRanks, recorder: recorder), into: &joined)
        var end = 0
        for id in joined {
          let start = end
          end += id < 0 ? TextScanner(part).scalarLength(at: start) : pieces.bytes(of: Int(id)).count
          spell(part, start..<end, recorder, &followsUnknown, &output)
        }
      }
      merger.begin()
      segment = position
      isPlain = unused.isEmpty
    }
    merger.begin()
    while position < text.count {
      let length = scanner.scalarLength(at: position)
      let scalar = scanner.scalar(at: position)
      if let previous, !adjacency.mayJoin(previous, scalar) { flush(&merger, &output) }
      let id = pieces.id(of: base + position, count: length)
      if id < 0 { isPlain = false }
      merger.append(id, start: position - segment)
      previous = scalar
      position += length
    }
    flush(&merger, &output)
  }

  /// Appends what a joined part of a text is in the end: its token, the tokens that an unused one is taken apart
  /// into, or the bytes of an unknown character.
  private func spell(
    _ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ recorder: SplitRecorder?,
    _ followsUnknown: inout Bool, _ output: inout [Int32]
  ) {
    // Parts still to be spelled, the next one last: an unused token may be made of many others.
    var rest = [range]
    while let range = rest.popLast() {
      let part = UnsafeBufferPointer(rebasing: text[range])
      let id = part.baseAddress.map { pieces.id(of: $0, count: part.count) } ?? -1
      if id >= 0, let left = recorder?.leftByteCounts[id], unused.contains(id) {
        rest.append((range.lowerBound + left)..<range.upperBound)
        rest.append(range.lowerBound..<(range.lowerBound + left))
        continue
      }
      var isUnknown = false
      if id >= 0 {
        output.append(id)
      } else if !fallback.append(part, to: &output), let unknownTokenID {
        isUnknown = true
        if !followsUnknown { output.append(unknownTokenID) }
      }
      followsUnknown = isUnknown
    }
  }
}

/// The order of joining by the score of the joined piece.
private struct ScoredRanks: MergeRanks {
  let pieces: Vocabulary
  let ranks: UnsafePointer<UInt32>

  @inline(__always)
  func merge(_ left: Int32, _ right: Int32, text: UnsafePointer<UInt8>, count: Int) -> UInt64 {
    let id = pieces.id(of: text, count: count)
    if id < 0 { return MergeTable.none }
    return UInt64(ranks[Int(id)]) << 32 | UInt64(UInt32(bitPattern: id))
  }
}

/// The same order, which also notes what unused pieces were made of.
private struct RecordedRanks: MergeRanks {
  let ranks: ScoredRanks
  let recorder: SplitRecorder?

  func merge(_ left: Int32, _ right: Int32, text: UnsafePointer<UInt8>, count: Int) -> UInt64 {
    let merge = ranks.merge(left, right, text: text, count: count)
    if merge != MergeTable.none, let recorder {
      let id = Int32(truncatingIfNeeded: merge)
      if recorder.unused.contains(id) {
        let part = TextScanner(UnsafeBufferPointer(start: text, count: count))
        recorder.leftByteCounts[id] =
          left < 0 ? part.scalarLength(at: 0) : ranks.pieces.bytes(of: Int(left)).count
      }
    }
    return merge
  }
}

/// What the unused pieces of one text were made of: the bytes of the left part, of the pair that was looked at last.
private final class SplitRecorder {
  let unused: Set<Int32>
  var leftByteCounts: [Int32: Int] = [:]

  init(unused: Set<Int32>) { self.unused = unused }
}
