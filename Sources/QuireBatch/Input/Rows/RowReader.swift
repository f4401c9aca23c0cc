import QuireOpenAI

/// Reads a table row by row: each becomes the JSON object of its cells, by the names that the first row gives them.
package final class RowReader: FileLines {
  private let bytes: any ByteSource
  private let name: String
  private let rules: RowRules
  private var buffer: [UInt8] = []
  private var unread = 0..<0
  private var scanner: RowScanner
  private var columns: RowColumns?
  private var isAtStart = true
  private var hasEnded = false
  private var nextIndex = 0
  /// What is wrong with the first row.
  private(set) var refusal: JobError?

  /// Bytes of the input that rows were made of so far.
  package var consumedByteCount: Int { bytes.consumedByteCount - (bytes.isPlain ? unread.count : 0) }
  var passedLineCount: Int { nextIndex }
  package var failure: JobError? { refusal ?? bytes.failure }
  package func name(ofIndex index: Int) -> String { "row \(index + 1)" }

  /// - Parameters:
  ///   - name: of the input, for errors.
  ///   - delimiter: what stands between cells.
  ///   - rules: which columns mean what.
  package init(
    _ bytes: any ByteSource, name: String, delimiter: UInt8, rules: RowRules = RowRules(),
    rowByteLimit: Int = LineReader.defaultLineByteLimit
  ) {
    self.bytes = bytes
    self.name = name
    self.rules = rules
    scanner = RowScanner(delimiter: delimiter, byteLimit: rowByteLimit)
  }

  /// Reads the names of the columns, where they are there; what is wrong with them is in `failure`.
  package func readColumns(waitMilliseconds: Int32) throws(IOError) {
    guard columns == nil, refusal == nil, try scanRow(waitMilliseconds) == .row else { return }
    do throws(JobError) {
      columns = try RowColumns(scanner, name: name, rules)
    } catch {
      refusal = error
    }
    scanner.begin()
  }

  /// The next row.
  package func next(waitMilliseconds: Int32) throws(IOError) -> LineEvent {
    try readColumns(waitMilliseconds: waitMilliseconds)
    guard refusal == nil else { return .end }
    guard let columns else {
      guard hasEnded else { return .notReady }
      if failure == nil { refusal = .noColumns(name) }
      return .end
    }
    switch try scanRow(waitMilliseconds) {
    case .row:
      defer {
        scanner.begin()
        nextIndex += 1
      }
      return .line(
        InputLine(
          index: nextIndex, content: columns.content(scanner, number: nextIndex + 1),
          origin: LineOrigin(lineNumber: scanner.rowLine), isRow: true))
    case .notReady: return .notReady
    case .end: return .end
    }
  }

  private enum ScanEvent {
    case row, notReady, end
  }

  /// Goes on to the end of the next row that is not blank.
  private func scanRow(_ waitMilliseconds: Int32) throws(IOError) -> ScanEvent {
    var patience = LineReader.patienceByteCount
    while true {
      if !unread.isEmpty {
        let (count, isWhole) = buffer.withUnsafeBufferPointer {
          scanner.scan(UnsafeBufferPointer(rebasing: $0[unread]))
        }
        unread = (unread.lowerBound + count)..<unread.upperBound
        guard isWhole else { continue }
        if !scanner.isBlank { return .row }
        scanner.begin()
        continue
      }
      if hasEnded {
        // Of a damaged input the row that is cut short is none.
        guard failure == nil, scanner.finish() else { return .end }
        if !scanner.isBlank { return .row }
        scanner.begin()
        continue
      }
      guard patience > 0 else { return .notReady }
      switch try bytes.next(waitMilliseconds: waitMilliseconds) {
      case .bytes(let more):
        patience -= more.count
        buffer = more
        unread = more.indices
        if isAtStart { skipByteOrderMark() }
      case .notReady: return .notReady
      case .end: hasEnded = true
      }
    }
  }

  /// A mark is never torn: pieces of an input are larger, or what somebody wrote at once.
  private func skipByteOrderMark() {
    isAtStart = false
    if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { unread = 3..<buffer.count }
  }
}
