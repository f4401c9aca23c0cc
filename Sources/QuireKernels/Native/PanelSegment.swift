import QuireKernelBodies
import QuirePlatform
import QuireTensorFormats
import Synchronization

/// The packed rows of one tensor: consecutive outputs of a matrix in one format.
final class PanelSegment: Sendable {
  let format: PanelFormat
  /// The first of its rows in the matrix.
  let firstRow: Int
  let rowCount: Int
  let columnCount: Int
  let panelByteCount: Int
  private let storage: ArenaBuffer
  /// One a row, padded to whole panels; empty where the format has none.
  private let rowScales: AlignedBuffer<Float>

  var panelCount: Int { (rowCount + PanelLayout.rowCount - 1) / PanelLayout.rowCount }
  var byteCount: Int { storage.count + rowScales.count * 4 }

  /// Bytes that a segment of this shape takes.
  static func byteCount(rowCount: Int, columnCount: Int, format: PanelFormat) -> Int {
    let panelCount = (rowCount + PanelLayout.rowCount - 1) / PanelLayout.rowCount
    return panelCount
      * (format.panelByteCount(columnCount: columnCount)
        + (format == .bytesByRow ? PanelLayout.rowCount * 4 : 0))
  }

  /// Packs `rows` on `team`; `firstBadRow` becomes the first row with NaN or an infinity, if there is one.
  init(_ rows: WeightRows, format: PanelFormat, firstRow: Int, on team: ThreadTeam, firstBadRow: inout Int?) {
    self.format = format
    self.firstRow = firstRow
    rowCount = rows.rowCount
    columnCount = rows.columnCount
    panelByteCount = format.panelByteCount(columnCount: rows.columnCount)
    let panelCount = (rows.rowCount + PanelLayout.rowCount - 1) / PanelLayout.rowCount
    storage = MemoryArena.weights.buffer(byteCount: panelCount * panelByteCount)
    rowScales = AlignedBuffer(count: format == .bytesByRow ? panelCount * PanelLayout.rowCount : 0)
    let packer = PanelPacker(
      rows: rows, format: format, panels: UnsafeMutableRawPointer(storage.pointer),
      rowScales: rowScales.pointer)
    let bad = Atomic<Int>(.max)
    team.forRows(panelCount, workPerRow: PanelLayout.rowCount * rows.columnCount) { panels in
      for panel in panels {
        if let row = packer.pack(panel: panel) { bad.min(row, ordering: .relaxed) }
      }
    }
    let row = bad.load(ordering: .relaxed)
    firstBadRow = row == .max ? nil : row
  }

  /// Multiplies panels `panels` by some tiles of one width; `output` is the segment's row 0 of their first token.
  func multiply(
    panels: Range<Int>, activations: UnsafeRawPointer, tileTokenCount: Int, tileCount: Int,
    output: UnsafeMutablePointer<Float>, outputStride: Int, instructionSet: InstructionSet
  ) {
    let row = panels.lowerBound * PanelLayout.rowCount
    let work = PanelWork(
      panels: UnsafeRawPointer(storage.pointer) + panels.lowerBound * panelByteCount,
      panelByteCount: panelByteCount, panelCount: panels.count,
      lastPanelRowCount: min(PanelLayout.rowCount, rowCount - (panels.upperBound - 1) * PanelLayout.rowCount),
      depth: format.depth(columnCount: columnCount), activations: activations,
      tileTokenCount: tileTokenCount, tileCount: tileCount, output: output + row,
      outputStride: outputStride,
      rowScales: format == .bytesByRow ? UnsafePointer(rowScales.pointer + row) : nil)
    NativeKernels.multiply(format, work, instructionSet)
  }

  /// Writes row `row` of the segment as floats, as its tensor's dequantisation computes them.
  func copyRow(_ row: Int, to destination: UnsafeMutablePointer<Float>) {
    let (index, lane) = row.quotientAndRemainder(dividingBy: PanelLayout.rowCount)
    let panel = NativePanel(
      base: UnsafeRawPointer(storage.pointer) + index * panelByteCount, format: format,
      depth: format.depth(columnCount: columnCount))
    guard format.quantizesActivations else {
      for column in 0..<columnCount { destination[column] = panel.float(lane: lane, column: column) }
      return
    }
    for block in 0..<panel.depth {
      let scale =
        format == .bytesByRow ? rowScales.pointer[row] : panel.scale(lane: lane, block: block)
      let columns = block * 32..<min(block * 32 + 32, columnCount)
      if format.hasMinimum {
        let minimum = panel.minimum(lane: lane, block: block)
        for column in columns {
          destination[column] = Float(panel.integer(lane: lane, column: column)) * scale + minimum
        }
      } else {
        for column in columns {
          destination[column] = Float(panel.integer(lane: lane, column: column)) * scale
        }
      }
    }
  }
}
