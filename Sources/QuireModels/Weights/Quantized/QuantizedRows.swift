import QuireKernels
import QuireModelFiles
import QuirePlatform
import QuireTensorFormats

/// All rows of a quantised layer, or some of them: integers, scales and zero points of several tensors brought into blocks
/// of 32, which are packed as a file's blocks are. A weight is scale * (integer - zero point) to the last bit.
struct QuantizedRows: WeightRowSource {
  /// The layer as plain numbers would have it.
  let matrix: TensorRequirement
  let scheme: QuantizationScheme
  let parts: QuantizedTensors
  let groups: ColumnGroups
  /// Which of the layer's rows.
  let rows: Range<Int>
  let columnCount: Int

  var tensors: [TensorRequirement] { parts.all }

  /// What the configuration promises; in memory the numbers themselves decide.
  func format(in store: any TensorStore) -> TensorFormat {
    guard groups.isInBlocks else { return .f32 }
    if scheme.bitCount == 4 { return scheme.isSymmetric ? .q4_0 : .grouped4 }
    return scheme.isSymmetric ? .q8_0 : .grouped8
  }

  func withRows(
    of store: any TensorStore, on team: ThreadTeam, _ body: (WeightRows) throws(ModelFileError) -> Void
  ) throws(ModelFileError) {
    let scales = try store.floats(of: try store.tensor(parts.scales.name))
    let zeroPoints = try zeroPoints(store)
    // Scales of half precision are kept so; others too where halves hold them, which they nearly always do.
    let halves = scales.map { HalfPrecision.exactBits($0) }
    let isHalf = !halves.contains(nil)
    let isCentred = zeroPoints.allSatisfy { $0 == scheme.middle }
    let format: TensorFormat =
      if !groups.isInBlocks {
        .f32
      } else if scheme.bitCount == 4 {
        isHalf ? (isCentred ? .q4_0 : .grouped4) : .grouped4Single
      } else {
        isHalf ? (isCentred ? .q8_0 : .grouped8) : .grouped8Single
      }
    guard let rowByteCount = format.byteCount(elementCount: columnCount) else {
      preconditionFailure("blocks of 32, or single numbers")
    }
    let buffer = AlignedBuffer<UInt8>(count: rowByteCount * rows.count)
    let memory = UnsafeMutableRawPointer(buffer.pointer)
    let integers = try store.integers(parts.codes.tensor)
    try store.withBytes(of: integers) { (bytes) throws(ModelFileError) in
      let maker = BlockMaker(
        format: format,
        codes: PackedIntegers(
          base: bytes.baseAddress!, rowElementCount: integers.shape[1], packing: parts.codes.packing,
          bitCount: scheme.bitCount),
        scales: scales, zeroPoints: zeroPoints, middle: scheme.middle, groups: groups,
        isTransposed: parts.isTransposed)
      team.forRows(rows.count, workPerRow: 4 * columnCount) { range in
        for row in range {
          maker.make(row: rows.lowerBound + row, columnCount: columnCount, memory + row * rowByteCount)
        }
      }
    }
    try body(
      WeightRows(
        base: UnsafeRawPointer(memory), format: format, rowCount: rows.count, columnCount: columnCount,
        columnOrder: groups.order))
  }

  /// The zero points in the order of the scales; the middle for all where none are stored.
  private func zeroPoints(_ store: any TensorStore) throws(ModelFileError) -> [Int] {
    let (outer, inner) = (parts.scales.shape[0], parts.scales.shape[1])
    guard let stored = parts.zeroPoints else {
      return Array(repeating: scheme.middle, count: outer * inner)
    }
    let tensor = try store.integers(stored.tensor)
    return try store.withBytes(of: tensor) { (bytes) throws(ModelFileError) in
      let integers = PackedIntegers(
        base: bytes.baseAddress!, rowElementCount: tensor.shape[1], packing: stored.packing,
        bitCount: scheme.bitCount)
      var values: [Int] = []
      values.reserveCapacity(outer * inner)
      for row in 0..<outer {
        for column in 0..<inner { values.append(integers[row, column] + stored.offset) }
      }
      return values
    }
  }

  func notFinite(row: Int, in store: any TensorStore) throws(ModelFileError) -> ModelFileError {
    let found = try store.tensor(parts.scales.name)
    return ModelFileError(
      path: store.filePaths[found.fileIndex], subject: "tensor " + printable(found.name),
      found: "scales that make weights of row \(rows.lowerBound + row) infinite",
      expected: "finite weights only",
      remedy: "the file is damaged or was converted badly; take it again from its source")
  }
}
