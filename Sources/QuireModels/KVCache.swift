package import QuireKernels
import QuirePlatform
import Synchronization

/// The paged cache of keys and values of one model: `blockCount` blocks, each of `blockSize` positions of the layers of one
/// group.
///
/// Which sequence and which group owns which block is the block manager's affair; block ids count from 0. Memory is zero and is taken from the system only when a block is first written.
package final class KVCache: @unchecked Sendable {
  /// Which layers share a block.
  package let groups: LayerGroups
  /// Blocks, of all groups together.
  package let blockCount: Int
  /// Where keys and values lie inside a block.
  package let layout: KVBlockLayout
  private let storage: AlignedBuffer<UInt8>
  private let saturation = Atomic(false)

  /// Whether a key or value was beyond what the cache can hold, and stands in it as the greatest number that it can.
  package var hasSaturated: Bool { saturation.load(ordering: .relaxed) }

  /// Notes that one was. For any thread.
  func noteSaturation() { saturation.store(true, ordering: .relaxed) }

  /// Reserves `blockCount` blocks of `blockSize` positions, both at least 1, for the layers of `shape`.
  ///
  /// - Parameter groups: of these layers; nil for one group of all.
  package init(
    shape: ModelShape, groups: LayerGroups? = nil, blockCount: Int, blockSize: Int, element: KVElement
  ) {
    precondition(
      blockCount >= 1 && blockCount <= Int32.max, "a KV cache has 1 to 2^31 - 1 blocks, not \(blockCount)")
    layout = Self.layout(shape, blockSize: blockSize, element: element)
    self.groups = groups ?? .one(layerCount: shape.layerCount, window: shape.attentionWindow)
    self.blockCount = blockCount
    let (byteCount, overflow) = (self.groups.layersPerBlock * layout.blockByteCount)
      .multipliedReportingOverflow(
        by: blockCount)
    precondition(!overflow, "\(blockCount) blocks are more than the address space holds")
    storage = AlignedBuffer(count: byteCount + KVBlockLayout.readSlack, prefersHugePages: true)
  }

  /// Bytes from one block to the next.
  package var blockStride: Int { groups.layersPerBlock * layout.blockByteCount }

  /// Positions of a block.
  package var blockSize: Int { layout.blockSize }

  /// Bytes that each layer takes of a block.
  package static func byteCountPerLayer(shape: ModelShape, blockSize: Int, element: KVElement) -> Int {
    layout(shape, blockSize: blockSize, element: element).blockByteCount
  }

  /// Copies all positions of block `source` over block `destination`, in every layer of their group.
  package func copyBlock(from source: Int, to destination: Int) {
    precondition(
      (0..<blockCount).contains(source) && (0..<blockCount).contains(destination),
      "copy of block \(source) to \(destination) of \(blockCount)")
    let size = blockStride
    let blocks = UnsafeMutableRawPointer(storage.pointer)
    (blocks + destination * size).copyMemory(from: blocks + source * size, byteCount: size)
  }

  /// A layer's part of block 0; that of block b follows `b * blockStride` bytes later.
  func blocks(ofLayer layer: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(storage.pointer) + groups.places[layer].index * layout.blockByteCount
  }

  private static func layout(_ shape: ModelShape, blockSize: Int, element: KVElement) -> KVBlockLayout {
    precondition((1...65_536).contains(blockSize), "a block holds 1 to 65536 positions, not \(blockSize)")
    return KVBlockLayout(
      keyValueHeadCount: shape.keyValueHeadCount, headDimension: shape.headDimension, blockSize: blockSize,
      element: element)
  }
}
