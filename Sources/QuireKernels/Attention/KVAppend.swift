extension Kernels {
  /// Stores the keys and values of one token in its slot of a block.
  ///
  /// - Parameters:
  ///   - keys, values: `[keyValueHeadCount × headDimension]`, keys already rotated.
  ///   - block: the layer's block that holds the token's position.
  ///   - slot: position modulo block size.
  package static func append(
    keys: UnsafePointer<Float>, values: UnsafePointer<Float>, to block: UnsafeMutablePointer<Float>,
    slot: Int,
    layout: KVBlockLayout
  ) {
    let dimension = layout.headDimension
    let blockSize = layout.blockSize
    for head in 0..<layout.keyValueHeadCount {
      let key = keys + head * dimension
      let keyColumn = block + layout.keyOffset(head: head) + slot
      for index in 0..<dimension { keyColumn[index * blockSize] = key[index] }
      let valueRow = block + layout.valueOffset(head: head) + slot * dimension
      valueRow.update(from: values + head * dimension, count: dimension)
    }
  }
}
