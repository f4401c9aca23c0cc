import QuirePlatform

/// The records of a ledger in the order of the input, those of lines that are gone left out.
///
/// Takes half a byte a record, and at least 256 KiB: the ledger is read once for each eighth of the places.
struct LedgerOrder {
  private let ledger: LineLedger
  private let resumption: Resumption?

  /// - Parameter resumption: what earlier runs left, once the whole input has been compared with it; nil where there was
  ///   none.
  init(_ ledger: LineLedger, _ resumption: Resumption?) {
    self.ledger = ledger
    self.resumption = resumption
  }

  /// The place from 1 of the line that a record answers; 0 where the input has no such line any more.
  func place(of record: LineRecord, number: Int) -> Int {
    guard let resumption, number < resumption.recordCount else { return record.index + 1 }
    return resumption.place(ofRecord: number)
  }

  /// Hands on each record with its place, in the order of places.
  func forEach(
    _ body: (LineRecord, _ place: Int) throws(SystemError) -> Void
  ) throws(SystemError) {
    let passPlaceCount = max(1 << 16, ledger.recordCount / 8 + 1)
    var start: Int? = 1
    var numbers: [UInt32] = []
    numbers.reserveCapacity(min(passPlaceCount, ledger.recordCount))
    while let first = start {
      start = nil
      numbers.removeAll(keepingCapacity: true)
      try ledger.forEachRecord(isChecked: false, reading: { $0 }) { number, record throws(SystemError) in
        guard let record else { return true }
        let place = place(of: record, number: number)
        if place >= first + passPlaceCount {
          start = min(start ?? place, place)
        } else if place >= first {
          if place - first >= numbers.count {
            numbers += [UInt32](repeating: .max, count: place - first - numbers.count + 1)
          }
          numbers[place - first] = UInt32(number)
        }
        return true
      }
      for (offset, number) in numbers.enumerated() where number != .max {
        guard let record = try ledger.record(Int(number)) else { continue }
        try body(record, first + offset)
      }
    }
  }
}
