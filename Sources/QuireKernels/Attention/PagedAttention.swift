import QuireKernelBodies
package import QuirePlatform

extension Kernels {
  /// Causal grouped-query attention of a flattened batch over the paged cache, prompt chunks and single tokens alike.
  ///
  /// A row's bits depend on its query and on the keys and values before it alone: not on the block size, the chunking
  /// of a prompt, the threads, or the other sequences of the batch.
  ///
  /// - Parameters:
  ///   - queries: rows of `[queryHeadCount × headDimension]`, rotated, `queryStride` floats apart, one a token.
  ///   - blocks: block 0 of the layer; the keys and values of the batch's own tokens are stored already.
  ///   - window: positions that a token sees, itself included; nil for all before it.
  ///   - output: rows of `[queryHeadCount × headDimension]`, without gaps.
  package static func pagedAttention(
    queries: UnsafePointer<Float>, queryStride: Int, blocks: UnsafeRawPointer,
    segments: UnsafePointer<AttentionSegment>, items: UnsafeBufferPointer<AttentionItem>,
    shape: AttentionShape, window: Int?, into output: UnsafeMutablePointer<Float>, on team: ThreadTeam,
    instructionSet: InstructionSet = .current
  ) {
    let call = AttentionCall(
      queries: queries, queryStride: queryStride, blocks: blocks, segments: segments, shape: shape,
      window: window ?? .max, output: output,
      attend: shape.layout.element == .float16
        ? instructionSet.kernels.vectors.attendHalves : instructionSet.kernels.vectors.attendSingles)
    var work = 0
    for item in items { work += shape.work(of: item, in: segments[item.segment]) }
    if work < ThreadTeam.smallestShare {
      call.attend(items, 0..<items.count)
    } else {
      let chunkCount = min(items.count, 8 * team.threadCount)
      team.run(chunkCount: chunkCount) { chunk in
        call.attend(items, items.count * chunk / chunkCount..<items.count * (chunk + 1) / chunkCount)
      }
    }
  }

  /// Stores the keys and values of one token in its slot of a block.
  ///
  /// - Parameters:
  ///   - keys, values: `[keyValueHeadCount × headDimension]`, keys already rotated.
  ///   - block: the layer's block that holds the token's position.
  ///   - slot: position modulo block size.
  /// - Returns: whether one of them is beyond what the cache can hold, and was stored as the greatest number that it can.
  @discardableResult
  package static func append(
    keys: UnsafePointer<Float>, values: UnsafePointer<Float>, to block: UnsafeMutableRawPointer, slot: Int,
    layout: KVBlockLayout, instructionSet: InstructionSet = .current
  ) -> Bool {
    let byteCount = layout.element.byteCount
    let work = StoreWork(
      keys: keys, values: values, keyTarget: block + slot * byteCount,
      valueTarget: block + layout.valueOffset(head: 0) + slot * layout.headDimension * byteCount,
      headCount: layout.keyValueHeadCount, headDimension: layout.headDimension, blockSize: layout.blockSize)
    return withUnsafePointer(to: work) { work in
      instructionSet.withVectors { vectors in
        guard layout.element == .float16 else {
          vectors.storeSingles(work)
          return false
        }
        // What is below rounds to the greatest number anyway.
        return vectors.storeHalves(work) >= 65520
      }
    }
  }
}

/// The arguments that all items of a call share.
private struct AttentionCall {
  let queries: UnsafePointer<Float>
  let queryStride: Int
  let blocks: UnsafeRawPointer
  let segments: UnsafePointer<AttentionSegment>
  let shape: AttentionShape
  let window: Int
  let output: UnsafeMutablePointer<Float>
  let attend: VectorTable.Kernel<AttentionWork, Void>

  /// Computes the items of `range`, one after the other, in one piece of scratch.
  func attend(_ items: UnsafeBufferPointer<AttentionItem>, _ range: Range<Int>) {
    ScratchPool.attention.withBytes(shape.scratchByteCount) { scratch in
      for index in range {
        let next = index + 1 < range.upperBound ? firstKeys(of: items[index + 1]) : nil
        attend(items[index], following: next, scratch: scratch)
      }
    }
  }

  /// The keys that an item reads first.
  private func firstKeys(of item: AttentionItem) -> KeyRun {
    let layout = shape.layout
    let segment = segments[item.segment]
    let position = segment.contextStart + item.tokenOffset
    let first = max(0, position - (window - 1))
    let last =
      min(
        position + item.tokenCount - 1, first | (AttentionWork.tilePositionCount - 1)) / layout.blockSize
    return KeyRun(
      blockTable: segment.blockTable + first / layout.blockSize,
      blockCount: last - first / layout.blockSize + 1,
      keyByteOffset: layout.keyOffset(head: item.keyValueHead))
  }

  private func attend(_ item: AttentionItem, following: KeyRun?, scratch: UnsafeMutableRawPointer) {
    let layout = shape.layout
    let segment = segments[item.segment]
    let token = segment.tokenStart + item.tokenOffset
    let head = item.keyValueHead * shape.groupSize * layout.headDimension
    let outputStride = layout.keyValueHeadCount * shape.groupSize * layout.headDimension
    let work = AttentionWork(
      queries: queries + token * queryStride + head, queryStride: queryStride, blocks: blocks,
      blockStride: shape.blockStride, keyByteOffset: layout.keyOffset(head: item.keyValueHead),
      valueByteOffset: layout.valueOffset(head: item.keyValueHead), blockTable: segment.blockTable,
      blockSize: layout.blockSize, headDimension: layout.headDimension, groupSize: shape.groupSize,
      tokenCount: item.tokenCount, firstPosition: segment.contextStart + item.tokenOffset, window: window,
      scale: shape.scale, softCap: shape.softCap ?? 0, output: output + token * outputStride + head,
      outputStride: outputStride,
      scratch: scratch,
      following: following ?? KeyRun(blockTable: segment.blockTable, blockCount: 0, keyByteOffset: 0))
    withUnsafePointer(to: work) { attend($0) }
  }
}
