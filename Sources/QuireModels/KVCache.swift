package import QuireKernels
import QuirePlatform

/// The paged cache of keys and values of one model: `blockCount` blocks of `blockSize` positions in each layer.
///
/// Which sequence owns which block is the block manager's affair; a block id counts from 0 and names the same block
/// in every layer. Memory is zero and is taken from the system only when a block is first written.
package final class KVCache: @unchecked Sendable {
  /// Layers of the model.
  package let layerCount: Int
  /// Blocks, in every layer.
  package let blockCount: Int
  /// Where keys and values lie inside a block.
  package let layout: KVBlockLayout
  private let storage: AlignedBuffer<UInt8>

  /// Reserves `blockCount` blocks of `blockSize` positions, both at least 1, for the layers of `shape`.
  package init(shape: ModelShape, blockCount: Int, blockSize: Int, element: KVElement) {
    precondition(
      blockCount >= 1 && blockCount <= Int32.max, "a KV cache has 1 to 2^31 - 1 blocks, not \(blockCount)")
    layout = Self.layout(shape, blockSize: blockSize, element: element)
    layerCount = shape.layerCount
    self.blockCount = blockCount
    let (byteCount, overflow) = (layerCount * layout.blockByteCount).multipliedReportingOverflow(
      by: blockCount)
    precondition(!overflow, "\(blockCount) blocks are more than the address space holds")
    storage = AlignedBuffer(count: byteCount + KVBlockLayout.readSlack, prefersHugePages: true)
  }

  /// Bytes from one block to the next, in every layer.
  package var blockStride: Int { layerCount * layout.blockByteCount }

  /// Positions of a block.
  package var blockSize: Int { layout.blockSize }

  /// Bytes that one block takes in all layers of a model.
  package static func byteCountPerBlock(shape: ModelShape, blockSize: Int, element: KVElement) -> Int {
    shape.layerCount * layout(shape, blockSize: blockSize, element: element).blockByteCount
  }

  /// Copies all positions of block `source` over block `destination`, in every layer.
  package func copyBlock(from source: Int, to destination: Int) {
    precondition(
      (0..<blockCount).contains(source) && (0..<blockCount).contains(destination),
      "copy of block \(source) to \(destination) of \(blockCount)")
    let size = blockStride
    let blocks = UnsafeMutableRawPointer(storage.pointer)
    (blocks + destination * size).copyMemory(from: blocks + source * size, byteCount: size)
  }

  /// Block 0 of a layer; block b follows `b * layout.blockByteCount` bytes later.
  func blocks(ofLayer layer: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(storage.pointer) + layer * layout.blockByteCount
  }

  private static func layout(_ shape: ModelShape, blockSize: Int, element: KVElement) -> KVBlockLayout {
    precondition((1...65_536).contains(blockSize), "a block holds 1 to 65536 positions, not \(blockSize)")
    return KVBlockLayout(
      keyValueHeadCount: shape.keyValueHeadCount, headDimension: shape.headDimension, blockSize: blockSize,
      element: element)
  }
}
