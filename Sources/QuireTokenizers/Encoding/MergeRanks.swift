/// How byte pair encoding asks whether two neighbours join.
protocol MergeRanks {
  /// `rank << 32 | resulting id` of joining the neighbours `left` and `right`, or ``MergeTable/none``.
  ///
  /// - Parameters:
  ///   - text: first byte of the left neighbour.
  ///   - count: bytes of both together.
  func merge(_ left: Int32, _ right: Int32, text: UnsafePointer<UInt8>, count: Int) -> UInt64
}

/// Hugging Face's rule: the rank is the pair's place in the list of merges.
struct ListedMerges: MergeRanks {
  let table: MergeTable

  @inline(__always)
  func merge(_ left: Int32, _ right: Int32, text: UnsafePointer<UInt8>, count: Int) -> UInt64 {
    table.merge(left, right)
  }
}

/// tiktoken's rule: two neighbours join where their bytes together are a token, whose id is the rank.
struct RankedBytes: MergeRanks {
  let vocabulary: Vocabulary

  @inline(__always)
  func merge(_ left: Int32, _ right: Int32, text: UnsafePointer<UInt8>, count: Int) -> UInt64 {
    let id = vocabulary.id(of: text, count: count)
    if id < 0 { return MergeTable.none }
    return UInt64(UInt32(bitPattern: id)) << 32 | UInt64(UInt32(bitPattern: id))
  }
}
