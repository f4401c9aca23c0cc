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
  ///   - shares: of the batch; `reads` of these in the layer's group.
  ///   - window: positions that a token sees, itself included; nil for all before it.
  ///   - output: rows of `[queryHeadCount × headDimension]`, without gaps.
  package static func pagedAttention(
    queries: UnsafePointer<Float>, queryStride: Int, blocks: UnsafeRawPointer, shares: AttentionShares,
    reads: AttentionReads, shape: AttentionShape, window: Int?, into output: UnsafeMutablePointer<Float>,
    on team: ThreadTeam, instructionSet: InstructionSet = .current
  ) {
    shares.items.withUnsafeBufferPointer { items in
      reads.parts.withUnsafeBufferPointer { parts in
        reads.pieces.withUnsafeBufferPointer { pieces in
          reads.bundles.withUnsafeBufferPointer { bundles in
            guard let parts = parts.baseAddress, let pieces = pieces.baseAddress,
              let bundles = bundles.baseAddress
            else { return }
            let call = AttentionCall(
              queries: queries, queryStride: queryStride, blocks: blocks, items: items, parts: parts,
              pieces: pieces, bundles: bundles, shape: shape, window: window ?? .max, output: output,
              scratchByteCount: AttentionWork.scratchByteCount(
                rowCount: shares.mostRowCount, headDimension: shape.layout.headDimension),
              attend: instructionSet.kernels.vectors.attend(shape.layout.element))
            call.run(on: team)
          }
        }
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
    instructionSet.withVectors { vectors in
      guard let byteCount = layout.numberByteCount else {
        let (run, slot) = slot.quotientAndRemainder(dividingBy: ByteRun.positionCount)
        let count = ByteStoreWork.scratchCount(headDimension: layout.headDimension)
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { scratch in
          let work = ByteStoreWork(
            keys: keys, values: values,
            run: block + run * ByteRun.byteCount(headDimension: layout.headDimension), slot: slot,
            headStride: layout.headByteCount, headCount: layout.keyValueHeadCount,
            headDimension: layout.headDimension, scratch: scratch.baseAddress!)
          return withUnsafePointer(to: work) { vectors.storeBytes($0) } >= layout.element.overflowMagnitude
        }
      }
      let work = StoreWork(
        keys: keys, values: values, keyTarget: block + slot * byteCount,
        valueTarget: block + layout.valueOffset(head: 0) + slot * layout.headDimension * byteCount,
        headCount: layout.keyValueHeadCount, headDimension: layout.headDimension, blockSize: layout.blockSize)
      return withUnsafePointer(to: work) { work in
        guard layout.element == .float16 else {
          vectors.storeSingles(work)
          return false
        }
        return vectors.storeHalves(work) >= layout.element.overflowMagnitude
      }
    }
  }
}

extension VectorTable {
  /// Attention over keys and values of a format.
  fileprivate func attend(_ element: KVElement) -> Kernel<AttentionWork, Void> {
    switch element {
    case .float16: attendHalves
    case .float32: attendSingles
    case .int8: attendBytes
    }
  }
}

/// The arguments that all shares of a call have in common.
private struct AttentionCall {
  let queries: UnsafePointer<Float>
  let queryStride: Int
  let blocks: UnsafeRawPointer
  let items: UnsafeBufferPointer<AttentionShares.Item>
  let parts: UnsafePointer<AttentionPart>
  let pieces: UnsafePointer<AttentionPiece>
  let bundles: UnsafePointer<AttentionReads.Bundle>
  let shape: AttentionShape
  let window: Int
  let output: UnsafeMutablePointer<Float>
  let scratchByteCount: Int
  let attend: VectorTable.Kernel<AttentionWork, Void>

  /// Computes all shares.
  func run(on team: ThreadTeam) {
    guard isWorthWaking else { return attend(0..<items.count) }
    let chunkCount = min(items.count, 8 * team.threadCount)
    team.run(chunkCount: chunkCount) { chunk in
      attend(items.count * chunk / chunkCount..<items.count * (chunk + 1) / chunkCount)
    }
  }

  /// Whether there are so many multiplications that other threads are worth waking.
  private var isWorthWaking: Bool {
    var work = 0
    for item in items {
      for part in bundles[item.bundle].parts {
        let part = parts[part]
        let context = part.firstPosition + part.tokenCount
        work += 2 * context * part.tokenCount * shape.groupSize * shape.layout.headDimension
        if work >= ThreadTeam.smallestShare { return true }
      }
    }
    return false
  }

  /// Computes the shares of `range`, one after the other, in one piece of scratch.
  private func attend(_ range: Range<Int>) {
    ScratchPool.attention.withBytes(scratchByteCount) { scratch in
      for index in range {
        let next = index + 1 < range.upperBound ? firstKeys(of: items[index + 1]) : nil
        attend(items[index], following: next, scratch: scratch)
      }
    }
  }

  /// The keys that a share reads first.
  private func firstKeys(of item: AttentionShares.Item) -> KeyRun {
    let layout = shape.layout
    let piece = pieces[bundles[item.bundle].firstPiece]
    let first = max(piece.start, piece.leastPosition - (window - 1))
    let last = min(piece.end - 1, first | (AttentionWork.tilePositionCount - 1)) / layout.blockSize
    return KeyRun(
      blockTable: piece.blockTable + first / layout.blockSize,
      blockCount: max(0, last - first / layout.blockSize + 1),
      keyByteOffset: layout.keyOffset(head: item.keyValueHead))
  }

  private func attend(
    _ item: AttentionShares.Item, following: KeyRun?, scratch: UnsafeMutableRawPointer
  ) {
    let layout = shape.layout
    let bundle = bundles[item.bundle]
    let pieces = pieces + bundle.firstPiece
    let head = item.keyValueHead * shape.groupSize * layout.headDimension
    let outputStride = layout.keyValueHeadCount * shape.groupSize * layout.headDimension
    let work = AttentionWork(
      queries: queries + head, queryStride: queryStride, blocks: blocks, blockStride: shape.blockStride,
      keyByteOffset: layout.keyOffset(head: item.keyValueHead),
      valueByteOffset: layout.valueOffset(head: item.keyValueHead), blockSize: layout.blockSize,
      headDimension: layout.headDimension, groupSize: shape.groupSize,
      parts: parts + bundle.parts.lowerBound, partCount: bundle.parts.count, pieces: pieces,
      sharedPieceCount: bundle.sharedPieceCount, sharedEnd: bundle.sharedEnd, rowCount: bundle.rowCount,
      window: window, scale: shape.scale, softCap: shape.softCap ?? 0, output: output + head,
      outputStride: outputStride, scratch: scratch,
      following: following ?? KeyRun(blockTable: pieces[0].blockTable, blockCount: 0, keyByteOffset: 0))
    withUnsafePointer(to: work) { attend($0) }
  }
}
