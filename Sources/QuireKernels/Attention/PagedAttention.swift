package import QuirePlatform

extension Kernels {
  /// Positions of a tile: scores of one tile are made, turned into weights and used before the next tile. Tiles
  /// start at absolute multiples of this, so that the order of every sum depends on positions alone: not on the
  /// block size, the chunking of a prompt, or the other sequences of the batch.
  static var attentionTile: Int { 256 }

  /// Causal grouped-query attention of a flattened batch over the paged cache, prompt chunks and single tokens alike.
  ///
  /// Softmax is the online form, tile by tile in ascending position: maximum, rescaling, exponentials summed in
  /// sixteen lanes, values added position by position.
  ///
  /// - Parameters:
  ///   - queries: rows of `[queryHeadCount × headDimension]`, rotated, `queryStride` floats apart, one a token.
  ///   - blocks: block 0 of the layer; the keys and values of the batch's own tokens are stored already.
  ///   - window: positions that a token sees, itself included; nil for all before it.
  ///   - output: rows of `[queryHeadCount × headDimension]`, without gaps.
  ///
  /// Source: Milakov and Gimelshein 2018, "Online normalizer calculation for softmax", arXiv 1805.02867; Kwon et al.
  /// 2023, arXiv 2309.06180.
  package static func pagedAttention(
    queries: UnsafePointer<Float>, queryStride: Int, blocks: UnsafePointer<Float>,
    segments: UnsafePointer<AttentionSegment>, items: UnsafeBufferPointer<AttentionItem>,
    shape: AttentionShape,
    window: Int?, into output: UnsafeMutablePointer<Float>, on team: ThreadTeam
  ) {
    let context = AttentionContext(
      queries: queries, queryStride: queryStride, blocks: blocks, shape: shape, window: window ?? .max,
      output: output)
    var work = 0
    for item in items { work += shape.work(of: item, in: segments[item.segment]) }
    if work < ThreadTeam.smallestShare * 4 {
      for item in items { context.attend(item, segments[item.segment]) }
    } else {
      team.run(chunkCount: items.count) { index in
        context.attend(items[index], segments[items[index].segment])
      }
    }
  }
}
