import QuirePlatform

/// The records of a ledger in the order of the input, those of lines that are gone left out.
///
/// Takes half a byte a record, and at least 500 KiB: the ledger is read once for each eighth of the places.
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
    var records = LedgerPages(ledger)
    while let first = start {
      start = nil
      numbers.removeAll(keepingCapacity: true)
      try ledger.forEachRecord(isChecked: false, reading: { $0 }) { number, record throws(SystemError) in
        guard let record else { return true }
        let place = place(of: record, number: number)
        if place >= first + passPlaceCount {
          start = min(start ?? place, place)
        } else if place >= first {
          while place - first >= numbers.count { numbers.append(.max) }
          numbers[place - first] = UInt32(number)
        }
        return true
      }
      for (offset, number) in numbers.enumerated() where number != .max {
        guard let record = try records.record(Int(number)) else { continue }
        try body(record, first + offset)
      }
    }
  }
}

/// Reads the records of a ledger that is not written meanwhile, a few pages of them at a time: lines are answered near the
/// order of the input, and a system call for each record would cost more than the record.
private struct LedgerPages {
  private static let recordCount = 64
  /// Together they hold twice the lines that a job reads ahead.
  private static let pageCount = 32

  private let ledger: LineLedger
  /// Pages by the last bits of their numbers.
  private var pages = [(number: Int, bytes: [UInt8])](repeating: (-1, []), count: pageCount)

  init(_ ledger: LineLedger) { self.ledger = ledger }

  /// The record of a number from 0; nil where it is not whole.
  mutating func record(_ number: Int) throws(SystemError) -> LineRecord? {
    let (page, place) = number.quotientAndRemainder(dividingBy: Self.recordCount)
    let slot = page % Self.pageCount
    if pages[slot].number != page {
      let first = page * Self.recordCount
      pages[slot] = (page, try ledger.bytes(ofRecords: first..<first + Self.recordCount))
    }
    let bytes = pages[slot].bytes.dropFirst(place * LineRecord.byteCount).prefix(LineRecord.byteCount)
    return LineRecord(bytes)
  }
}
