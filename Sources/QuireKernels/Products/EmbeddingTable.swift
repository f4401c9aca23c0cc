package import QuirePlatform

/// Token embeddings, `[vocabularySize × hiddenSize]`: a row is looked up for each token.
package final class EmbeddingTable: Sendable {
  private enum Storage: Sendable {
    /// The weights of a tied output head.
    case shared(PackedMatrix)
    /// Rows as the file stores them, a copy.
    case rows(StoredRows)
  }

  private let storage: Storage

  /// Embeddings that are the output head's weights as well: no memory of their own.
  package init(sharedWith head: PackedMatrix) {
    storage = .shared(head)
  }

  /// Copies `rows` in their own format; `rows` is not referred to afterwards.
  ///
  /// - Returns: nil instead of a table where a row holds NaN or an infinity; `firstBadRow` is that row.
  package init?(copying rows: WeightRows, on team: ThreadTeam, firstBadRow: inout Int) {
    let stored = StoredRows(rows, on: team)
    storage = .rows(stored)
    if let row = stored.firstNonFiniteRow(on: team) {
      firstBadRow = row
      return nil
    }
  }

  /// Bytes of memory of the table's own.
  package var byteCount: Int {
    switch storage {
    case .shared: 0
    case .rows(let stored): stored.byteCount
    }
  }

  /// Writes the embeddings of `tokenCount` ids, each inside the vocabulary, times `scale` as `[tokenCount × hiddenSize]`.
  package func lookUp(
    _ tokenIDs: UnsafePointer<Int32>, tokenCount: Int, hiddenSize: Int, scale: Float = 1,
    into output: UnsafeMutablePointer<Float>,
    on team: ThreadTeam
  ) {
    let storage = storage
    team.forRows(tokenCount, workPerRow: hiddenSize) { range in
      for token in range {
        let row = Int(tokenIDs[token])
        let destination = output + token * hiddenSize
        switch storage {
        case .shared(let head): head.copyRow(row, to: destination)
        case .rows(let stored): stored.rows.dequantize(row: row, to: destination)
        }
        if scale != 1 { Kernels.scale(destination, by: scale, count: hiddenSize) }
      }
    }
  }
}

/// An owned copy of a tensor's rows in the file's format.
private final class StoredRows: @unchecked Sendable {
  private let bytes: AlignedBuffer<UInt8>
  let rows: WeightRows

  init(_ source: WeightRows, on team: ThreadTeam) {
    let byteCount = source.rowByteCount * source.rowCount
    bytes = AlignedBuffer(count: byteCount)
    let copy = UnsafeMutableRawPointer(bytes.pointer)
    source.read(on: team) { rows in
      let (start, count) = (rows.lowerBound * source.rowByteCount, rows.count * source.rowByteCount)
      (copy + start).copyMemory(from: source.base + start, byteCount: count)
      return nil
    }
    rows = WeightRows(
      base: UnsafeRawPointer(copy), format: source.format, rowCount: source.rowCount,
      columnCount: source.columnCount, order: source.order, columnOrder: source.columnOrder)
  }

  var byteCount: Int { bytes.count }

  func firstNonFiniteRow(on team: ThreadTeam) -> Int? { rows.firstNonFiniteRow(on: team) }
}
