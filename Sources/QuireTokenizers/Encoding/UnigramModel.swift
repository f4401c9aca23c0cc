/// The unigram language model of Kudo (2018): of all ways to cut a text into pieces the one whose scores add up highest.
///
/// Follows `EncodeOptimized` of SentencePiece's `unigram_model.cc` and its twin in Hugging Face tokenizers, ties and
/// rounding included.
struct UnigramModel: Sendable {
  /// How much worse than the worst piece an unknown character is.
  private static let unknownPenalty = 10.0

  /// The pieces as they are written in normalised text.
  let pieces: Vocabulary
  /// The score of each id.
  let scores: FrozenBuffer<Double>
  /// The score of an unknown character.
  let unknownScore: Double
  /// Whether sums are rounded to single precision, as in SentencePiece.
  let roundsToSingle: Bool
  /// The tokens of bytes; nil where unknown characters are not spelled.
  let fallback: ByteFallback?
  /// Stands for a run of unknown characters.
  let unknownTokenID: Int32

  private let trie: PieceTrie

  init(
    pieces: Vocabulary, scores: [Double], leastScore: Double, roundsToSingle: Bool, fallback: ByteFallback?,
    unknownTokenID: Int32
  ) {
    self.pieces = pieces
    self.scores = FrozenBuffer(scores)
    unknownScore = leastScore - Self.unknownPenalty
    self.roundsToSingle = roundsToSingle
    self.fallback = fallback
    self.unknownTokenID = unknownTokenID
    trie = PieceTrie(pieces)
  }

  /// The best way to reach a place in a text.
  fileprivate struct Arrival: BitwiseCopyable {
    var score = 0.0
    var start: Int32 = -1
    var id: Int32 = -1
  }

  /// The working memory of one text after another.
  struct Memory {
    fileprivate var arrivals: [Arrival] = []
    fileprivate var path: [(id: Int32, start: Int32)] = []
  }

  /// Appends the ids of a text; O(bytes × longest piece), 16 bytes of memory a byte.
  func encode(_ text: UnsafeBufferPointer<UInt8>, _ memory: inout Memory, into output: inout [Int32]) {
    if text.isEmpty { return }
    memory.arrivals.removeAll(keepingCapacity: true)
    memory.arrivals.append(contentsOf: repeatElement(Arrival(), count: text.count + 1))
    memory.arrivals.withUnsafeMutableBufferPointer { fill(text, $0) }
    memory.path.removeAll(keepingCapacity: true)
    var end = text.count
    while end > 0 {
      let arrival = memory.arrivals[end]
      memory.path.append((arrival.id, arrival.start))
      end = Int(arrival.start)
    }
    emit(text, memory.path, into: &output)
  }

  private func fill(_ text: UnsafeBufferPointer<UInt8>, _ arrivals: UnsafeMutableBufferPointer<Arrival>) {
    let scanner = TextScanner(text)
    let scores = scores.pointer
    var start = 0
    while start < text.count {
      let length = scanner.scalarLength(at: start)
      let here = arrivals[start].score
      var hasOneCharacter = false
      trie.forEachMatch(in: text, from: start) { id, end in
        let score = sum(scores[id], here)
        if arrivals[end].start < 0 || score > arrivals[end].score {
          arrivals[end] = Arrival(
            score: score, start: Int32(truncatingIfNeeded: start), id: Int32(truncatingIfNeeded: id))
        }
        if end == start + length { hasOneCharacter = true }
      }
      if !hasOneCharacter {
        let score = sum(unknownScore, here)
        if arrivals[start + length].start < 0 || score > arrivals[start + length].score {
          arrivals[start + length] = Arrival(
            score: score, start: Int32(truncatingIfNeeded: start), id: unknownTokenID)
        }
      }
      start += length
    }
  }

  /// The sum of two scores, in the precision of the oracle.
  @inline(__always) private func sum(_ first: Double, _ second: Double) -> Double {
    roundsToSingle ? Double(Float(first + second)) : first + second
  }

  /// Appends the pieces of a path, which runs from the end of the text to its beginning.
  private func emit(
    _ text: UnsafeBufferPointer<UInt8>, _ path: [(id: Int32, start: Int32)], into output: inout [Int32]
  ) {
    var index = path.count - 1
    while index >= 0 {
      let (id, start) = path[index]
      if id != unknownTokenID {
        output.append(id)
        index -= 1
        continue
      }
      while index >= 0, path[index].id == unknownTokenID { index -= 1 }
      let end = index >= 0 ? Int(path[index].start) : text.count
      let run = UnsafeBufferPointer(rebasing: text[Int(start)..<end])
      let known = run.baseAddress.map { pieces.id(of: $0, count: run.count) } ?? -1
      if known >= 0 {
        output.append(known)
      } else if fallback?.append(run, to: &output) != true {
        output.append(unknownTokenID)
      }
    }
  }
}
