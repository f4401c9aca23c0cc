package import QuirePlatform
package import QuireTensorFormats
import Synchronization

/// Rows of one weight tensor as a model file stores them, lent for packing.
package struct WeightRows {
  /// Byte 0 of row 0; any alignment.
  package let base: UnsafeRawPointer
  /// How each row is stored; its block divides `columnCount`.
  package let format: TensorFormat
  /// Rows: output features.
  package let rowCount: Int
  /// Columns: input features.
  package let columnCount: Int
  /// Bytes from one row to the next.
  package let rowByteCount: Int
  /// Which stored row a packed row comes from.
  package let order: RowOrder
  /// Which of the model's columns the stored ones are; nil where they are these, in their order.
  package let columnOrder: ColumnOrder?
  /// Gives back the memory of rows that have been read; nil where it is not theirs to give.
  private let giveBack: ((Range<Int>) -> Void)?

  /// Describes `rowCount × columnCount` weights at `base`, without gaps between rows.
  ///
  /// - Precondition: `columnCount` is a multiple of the format's block, and a column order has as many columns.
  package init(
    base: UnsafeRawPointer, format: TensorFormat, rowCount: Int, columnCount: Int, order: RowOrder = .stored,
    columnOrder: ColumnOrder? = nil, giveBack: ((Range<Int>) -> Void)? = nil
  ) {
    guard let rowByteCount = format.byteCount(elementCount: columnCount) else {
      fatalError("a row of \(columnCount) columns is no whole number of \(format.name) blocks")
    }
    self.base = base
    self.format = format
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.rowByteCount = rowByteCount
    self.order = order
    self.columnOrder = columnOrder
    self.giveBack = giveBack
  }

  /// Byte 0 of the stored row that belongs at row `row` of the packed matrix.
  @inline(__always)
  func row(_ row: Int) -> UnsafeRawPointer {
    base + order.storedRow(for: row) * rowByteCount
  }

  /// Writes row `row` of the packed order as `columnCount` floats, the model's columns in their order.
  package func dequantize(row: Int, to destination: UnsafeMutablePointer<Float>) {
    if columnOrder != nil {
      _ = dequantizeIfFinite(row: row, to: destination)
    } else {
      Dequantize.row(format, from: self.row(row), to: destination, elementCount: columnCount)
    }
  }

  /// Dequantises as `dequantize(row:to:)` does, and says whether all values are finite.
  func dequantizeIfFinite(row: Int, to destination: UnsafeMutablePointer<Float>) -> Bool {
    guard let columnOrder else {
      return Dequantize.rowIsFinite(format, from: self.row(row), to: destination, elementCount: columnCount)
    }
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: columnCount) { buffer in
      let values = buffer.baseAddress!
      let finite = Dequantize.rowIsFinite(
        format, from: self.row(row), to: values, elementCount: columnCount)
      columnOrder.scatter(values, to: destination)
      return finite
    }
  }
}

/// The order of a tensor's rows in its file.
package enum RowOrder: Sendable, Equatable {
  /// Values as the model computes with them.
  case stored
  /// llama.cpp's order of Llama query and key rows: in each head, element 2i of the file is element i, element
  /// 2i + 1 is element i + headDimension / 2 (rotary pairs side by side instead of in halves).
  case rotaryPairs(headDimension: Int)

  /// The row of the file that holds row `row`.
  @inline(__always)
  package func storedRow(for row: Int) -> Int {
    switch self {
    case .stored: return row
    case .rotaryPairs(let headDimension):
      let half = headDimension / 2
      let (head, element) = row.quotientAndRemainder(dividingBy: headDimension)
      return head * headDimension + (element < half ? 2 * element : 2 * (element - half) + 1)
    }
  }
}

extension WeightRows {
  /// Bytes that are read before their memory is given back: one tensor's may be as much as all other weights.
  private static let pieceByteCount = 16 << 20

  /// Calls `body` with ranges that cover all rows, in parallel on `team`, and gives back their memory piece by piece.
  ///
  /// - Parameters:
  ///   - unit: rows that stay together; a range begins at a multiple of it.
  ///   - body: reads rows, and returns the first of them that it finds fault with.
  /// - Returns: the first row that `body` found fault with, or nil.
  @discardableResult
  func read(on team: ThreadTeam, unit: Int = 1, _ body: (Range<Int>) -> Int?) -> Int? {
    let firstBadRow = Atomic<Int>(.max)
    let unitCount = (rowCount + unit - 1) / unit
    let pieceUnitCount = max(1, Self.pieceByteCount / (unit * rowByteCount))
    for first in stride(from: 0, to: unitCount, by: pieceUnitCount) {
      let count = min(pieceUnitCount, unitCount - first)
      func rows(_ units: Range<Int>) -> Range<Int> {
        (first + units.lowerBound) * unit..<min((first + units.upperBound) * unit, rowCount)
      }
      team.forRows(count, workPerRow: unit * columnCount) { units in
        if let row = body(rows(units)) { firstBadRow.min(row, ordering: .relaxed) }
      }
      giveBack?(rows(0..<count))
    }
    let row = firstBadRow.load(ordering: .relaxed)
    return row == .max ? nil : row
  }

  /// The first row that holds NaN or an infinity, nil where none does. Reads all of them.
  package func firstNonFiniteRow(on team: ThreadTeam) -> Int? {
    read(on: team) { rows in
      let scratch = AlignedBuffer<Float>(count: columnCount)
      return rows.first { !dequantizeIfFinite(row: $0, to: scratch.pointer) }
    }
  }
}
