import QuireKernelBodies
import QuirePlatform
import QuireTensorFormats

/// The packed rows of one tensor: consecutive outputs of a matrix in one format.
final class PanelSegment: Sendable {
  let format: PanelFormat
  /// The first of its rows in the matrix.
  let firstRow: Int
  let rowCount: Int
  let columnCount: Int
  let panelByteCount: Int
  /// Which columns the panels' are; nil where they are the matrix's, in their order.
  let columnOrder: ColumnOrder?
  private let kernel: ProductTable.Multiply
  private let storage: ArenaBuffer
  /// One a row, padded to whole panels; empty where the format has none.
  private let rowScales: AlignedBuffer<Float>

  var panelCount: Int { (rowCount + PanelLayout.rowCount - 1) / PanelLayout.rowCount }
  var byteCount: Int { storage.count + rowScales.count * 4 }

  /// Bytes that a segment of this shape takes.
  static func byteCount(rowCount: Int, columnCount: Int, format: PanelFormat) -> Int {
    let panelCount = (rowCount + PanelLayout.rowCount - 1) / PanelLayout.rowCount
    return panelCount * format.panelByteCount(columnCount: columnCount)
      + rowScaleCount(format, panelCount: panelCount) * 4
  }

  /// Factors on finished sums, one a row, padded to whole panels; 0 where the format has none.
  private static func rowScaleCount(_ format: PanelFormat, panelCount: Int) -> Int {
    if case .quantized(let panel) = format, panel.scales.hasRowScale {
      panelCount * PanelLayout.rowCount
    } else {
      0
    }
  }

  /// Packs `rows` on `team`; `firstBadRow` becomes the first row with NaN or an infinity, if there is one.
  ///
  /// - Parameters:
  ///   - columnOrder: the rows' order of columns, or one equal to it; nil where they have none.
  ///   - kernels: whose products there will be.
  init(
    _ rows: WeightRows, format: PanelFormat, columnOrder: ColumnOrder?, firstRow: Int, kernels: KernelTable,
    on team: ThreadTeam, firstBadRow: inout Int?
  ) {
    guard let kernel = kernels.products[format] else { fatalError("no kernel multiplies \(format)") }
    self.kernel = kernel
    self.format = format
    self.firstRow = firstRow
    rowCount = rows.rowCount
    columnCount = rows.columnCount
    // Floating-point numbers are packed in the matrix's order.
    self.columnOrder = if case .quantized = format { columnOrder } else { nil }
    panelByteCount = format.panelByteCount(columnCount: rows.columnCount)
    let panelCount = (rows.rowCount + PanelLayout.rowCount - 1) / PanelLayout.rowCount
    storage = MemoryArena.weights.buffer(byteCount: panelCount * panelByteCount)
    rowScales = AlignedBuffer(count: Self.rowScaleCount(format, panelCount: panelCount))
    let packer = PanelPacker(
      rows: rows, format: format, panels: UnsafeMutableRawPointer(storage.pointer),
      rowScales: rowScales.pointer)
    firstBadRow = rows.read(on: team, unit: PanelLayout.rowCount) { packer.pack(rows: $0) }
  }

  /// Multiplies panels `panels` by some tiles of one width; `output` is the segment's row 0 of their first token.
  func multiply(
    panels: Range<Int>, activations: UnsafeRawPointer, tileTokenCount: Int, tileCount: Int,
    output: UnsafeMutablePointer<Float>, outputStride: Int
  ) {
    let row = panels.lowerBound * PanelLayout.rowCount
    let work = PanelWork(
      panels: UnsafeRawPointer(storage.pointer) + panels.lowerBound * panelByteCount,
      panelByteCount: panelByteCount, panelCount: panels.count,
      lastPanelRowCount: min(PanelLayout.rowCount, rowCount - (panels.upperBound - 1) * PanelLayout.rowCount),
      depth: format.depth(columnCount: columnCount), activations: activations,
      tileTokenCount: tileTokenCount, tileCount: tileCount, output: output + row,
      outputStride: outputStride,
      rowScales: rowScales.count > 0 ? UnsafePointer(rowScales.pointer + row) : nil)
    withUnsafePointer(to: work) { kernel($0) }
  }

  /// Writes row `row` of the segment as floats, as its tensor's dequantisation computes them.
  func copyRow(_ row: Int, to destination: UnsafeMutablePointer<Float>) {
    let (index, lane) = row.quotientAndRemainder(dividingBy: PanelLayout.rowCount)
    let base = UnsafeRawPointer(storage.pointer) + index * panelByteCount
    switch format {
    case .quantized(let panel):
      let view = QuantizedPanelView(
        base: base, panel: panel, depth: panel.blockCount(columnCount: columnCount))
      let rowScale = rowScales.count > 0 ? rowScales.pointer[row] : nil
      guard let columnOrder else {
        return view.copyRow(lane: lane, columnCount: columnCount, rowScale: rowScale, to: destination)
      }
      withUnsafeTemporaryAllocation(of: Float.self, capacity: columnCount) { buffer in
        let stored = buffer.baseAddress!
        view.copyRow(lane: lane, columnCount: columnCount, rowScale: rowScale, to: stored)
        columnOrder.scatter(stored, to: destination)
      }
    case .floating(let panel):
      FloatingPanelView(base: base, panel: panel).copyRow(
        lane: lane, columnCount: columnCount, to: destination)
    }
  }
}
