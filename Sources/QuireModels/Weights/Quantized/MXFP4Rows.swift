import QuireKernels
import QuireModelFiles
import QuirePlatform
import QuireTensorFormats

/// All rows of a layer in MXFP4, or some of them: numbers of 4 bits, two a byte, and an exponent for each 32 of them, in
/// tensors of their own, brought into ggml's blocks.
///
/// Source: OCP Microscaling Formats (MX) Specification 1.0; gpt-oss's `blocks` and `scales`; `mxfp4-pack-quantized` of
/// compressed-tensors.
struct MXFP4Rows: WeightRowSource {
  /// Numbers, the even column in the low half of a byte.
  let codes: TensorRequirement
  /// `[rows × columns / 32]`: exponents with 127 added.
  let scales: TensorRequirement
  /// The layer as plain numbers would have it.
  let matrix: TensorRequirement
  /// Which of the layer's rows.
  let rows: Range<Int>

  var columnCount: Int { matrix.shape[1] }

  /// The ends of the two tensors' names, one pair of which a file has.
  private static let endings = [
    (".weight_packed", ".weight_scale"), (".weight_blocks", ".weight_scales"), ("_blocks", "_scales"),
  ]

  /// The layer `module` of a store; nil where the store has it in no such tensors.
  init?(_ module: String, _ stored: StoredRows, in store: any TensorStore) {
    let (rowCount, columnCount) = (stored.tensor.shape[0], stored.columnCount)
    guard let (codes, scales) = Self.endings.first(where: { store.holds(module + $0.0) }) else { return nil }
    let blockCount = (columnCount + 31) / 32
    self.codes = TensorRequirement(
      name: module + codes,
      shape: codes == ".weight_packed" ? [rowCount, columnCount / 2] : [rowCount, blockCount, 16],
      types: ["U8"])
    self.scales = TensorRequirement(
      name: module + scales, shape: [rowCount, blockCount], types: ["U8", "F8_E8M0"])
    matrix = stored.tensor
    rows = stored.rows
  }

  var tensors: [TensorRequirement] { [codes, scales] }

  func format(in store: any TensorStore) -> TensorFormat { .mxfp4 }

  func withRows(
    of store: any TensorStore, on team: ThreadTeam, _ body: (WeightRows) throws(ModelFileError) -> Void
  ) throws(ModelFileError) {
    let (codes, scales) = (try store.integers(codes), try store.integers(scales))
    let blockCount = columnCount / 32
    let buffer = AlignedBuffer<UInt8>(count: rows.count * blockCount * BlockMXFP4.byteCount)
    let memory = UnsafeMutableRawPointer(buffer.pointer)
    try store.withBytes(of: codes) { (numbers) throws(ModelFileError) in
      try store.withBytes(of: scales) { (exponents) throws(ModelFileError) in
        let first = rows.lowerBound * blockCount
        let (numbers, exponents) = (numbers.baseAddress! + first * 16, exponents.baseAddress! + first)
        for block in 0..<rows.count * blockCount
        where exponents.load(fromByteOffset: block, as: UInt8.self) == 255 {
          throw try notFinite(row: block / blockCount, in: store)
        }
        team.forRows(rows.count, workPerRow: columnCount) { range in
          for block in range.lowerBound * blockCount..<range.upperBound * blockCount {
            Self.copy(
              numbers + block * 16, exponents.load(fromByteOffset: block, as: UInt8.self),
              to: memory + block * BlockMXFP4.byteCount)
          }
        }
      }
    }
    try body(
      WeightRows(
        base: UnsafeRawPointer(memory), format: .mxfp4, rowCount: rows.count, columnCount: columnCount))
  }

  /// One block: columns side by side come to lie 16 apart.
  private static func copy(_ numbers: UnsafeRawPointer, _ exponent: UInt8, to target: UnsafeMutableRawPointer)
  {
    target.storeBytes(of: exponent, as: UInt8.self)
    for index in 0..<16 {
      let (low, high) = (index / 2, 8 + index / 2)
      let shift = UInt8(index % 2 * 4)
      let first = numbers.load(fromByteOffset: low, as: UInt8.self) >> shift & 15
      let second = numbers.load(fromByteOffset: high, as: UInt8.self) >> shift & 15
      target.storeBytes(
        of: first | second << 4, toByteOffset: BlockMXFP4.quantsOffset + index, as: UInt8.self)
    }
  }

  func notFinite(row: Int, in store: any TensorStore) throws(ModelFileError) -> ModelFileError {
    let found = try store.integers(scales)
    return ModelFileError(
      path: store.filePaths[found.fileIndex], subject: "tensor " + printable(found.name),
      found: "an exponent of 255, a NaN, in row \(rows.lowerBound + row)", expected: "exponents of 0 to 254",
      remedy: "the file is damaged or was converted badly; take it again from its source")
  }
}
