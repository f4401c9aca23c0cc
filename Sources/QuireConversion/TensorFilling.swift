import QuireModelFiles
import QuireModels
import QuirePlatform
import QuireTensorFormats
import Synchronization

/// Writes the tensors of a file whose head stands, some rows at a time.
struct TensorFilling {
  let output: GGUFOutput
  let header: GGUFHeader
  let store: any TensorStore
  let team: ThreadTeam
  let isCancelled: () -> Bool

  /// Numbers of a matrix that are held in single precision at a time: 16 MiB.
  private static let elementsAtATime = 4 << 20

  /// Writes all tensors.
  ///
  /// - Parameter observe: told after each tensor how many of how many bytes are written.
  func fill(
    _ transfers: [TensorTransfer], divisors: [(name: String, values: [Float])],
    _ observe: (_ done: Int, _ total: Int) -> Void
  ) throws(ConversionError) {
    let places = Dictionary(header.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for (name, values) in divisors { try output.write(values, toDataOffset: places[name]!.offset) }
    var done = 0
    for transfer in transfers {
      if isCancelled() { throw .interrupted }
      guard let place = places[transfer.target.name], place.shape == transfer.target.shape else {
        throw .modelFile(
          ModelFileError(
            path: store.filePaths.first ?? "", subject: "tensor " + printable(transfer.target.name),
            found: "no place for shape \(transfer.target.shape) in the GGUF file"))
      }
      if transfer.isMatrix {
        try fill(transfer, place)
      } else {
        let values = try modelFile { () throws(ModelFileError) in try transfer.elements(store) }
        try output.write(values, toDataOffset: place.offset)
      }
      done += place.byteCount
      observe(done, header.dataByteCount)
    }
  }

  private func fill(_ transfer: TensorTransfer, _ place: GGUFHeader.Tensor) throws(ConversionError) {
    let columns = place.shape[1]
    let rowByteCount = place.byteCount / place.shape[0]
    let count = max(1, Self.elementsAtATime / columns)
    var offset = place.offset
    var failure: ConversionError?
    func write(_ bytes: UnsafeRawBufferPointer) {
      guard failure == nil else { return }
      do throws(ConversionError) {
        try output.write(bytes, toDataOffset: offset)
        if isCancelled() { throw .interrupted }
      } catch {
        failure = error
      }
      offset += bytes.count
    }
    let isCopied = try modelFile { () throws(ModelFileError) in
      try transfer.withOriginalRows(store, as: place.format, atATime: count, write)
    }
    if let failure { throw failure }
    if isCopied { return }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count * rowByteCount, alignment: 64)
    defer { buffer.deallocate() }
    try modelFile { () throws(ModelFileError) in
      try transfer.withRows(store, on: team, atATime: count) { (numbers) throws(ModelFileError) in
        guard failure == nil else { return }
        let rowCount = numbers.count / columns
        let (source, destination) = (numbers.baseAddress!, buffer.baseAddress!)
        let badRow = Atomic<Int>(.max)
        team.runRanges(chunkCount: rowCount) { rows in
          withUnsafeTemporaryAllocation(of: Float.self, capacity: columns) { back in
            for row in rows {
              let bytes = destination + row * rowByteCount
              Quantize.row(place.format, from: source + row * columns, to: bytes, elementCount: columns)
              let isFinite = Dequantize.rowIsFinite(
                place.format, from: bytes, to: back.baseAddress!, elementCount: columns)
              if !isFinite { badRow.min(row, ordering: .relaxed) }
            }
          }
        }
        let row = badRow.load(ordering: .relaxed)
        if row < rowCount {
          throw ModelFileError(
            path: store.filePaths.first ?? "", subject: "tensor " + printable(place.name),
            found:
              "a number in row \((offset - place.offset) / rowByteCount + row) that \(place.format.name) cannot hold",
            expected: "numbers within the range of half precision", remedy: "convert to BF16 or F32")
        }
        write(UnsafeRawBufferPointer(start: buffer.baseAddress!, count: rowCount * rowByteCount))
      }
    }
    if let failure { throw failure }
  }
}
