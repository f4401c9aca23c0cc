/// The rows of a table as RFC 4180 writes it, found a byte at a time.
///
/// A cell that begins with a quote goes on to the next one alone; two quotes within it are one, and delimiters and line
/// ends in it are text. A quote elsewhere is a quote. Rows end with LF or CRLF, the last may lack its end. Holds one row,
/// of at most `byteLimit` bytes and `cellLimit` cells; constant time a byte.
struct RowScanner {
  /// Why a row cannot be read.
  enum Fault: Equatable {
    /// Something other than a delimiter or the row's end follows a closing quote, in the cell of this place.
    case textAfterQuote(cell: Int)
    /// The input ends within quotes that opened on a line, in the cell of this place.
    case openQuote(cell: Int, line: Int)
    /// There are more bytes than are taken.
    case tooLong
  }

  /// Cells of a row that are kept; further ones are counted.
  static let cellLimit = 65_536

  private enum State {
    case cellStart, plain, quoted, quoteSeen, returnSeen
  }

  private let delimiter: UInt8
  private let byteLimit: Int
  private var state = State.cellStart
  /// The line, from 1, that the next byte stands in.
  private var lineNumber = 1
  private var quoteLine = 1
  private var hasQuotes = false
  /// Whether any byte of the row has come.
  private var hasBegun = false

  /// The cells, one after the other.
  private(set) var bytes: [UInt8] = []
  /// Where each cell ends in `bytes`.
  private(set) var ends: [Int] = []
  /// All cells, those that are not kept included.
  private(set) var cellCount = 0
  /// The line, from 1, that the row begins in.
  private(set) var rowLine = 1
  /// The first thing that is wrong with the row.
  private(set) var fault: Fault?

  init(delimiter: UInt8, byteLimit: Int) {
    self.delimiter = delimiter
    self.byteLimit = byteLimit
  }

  /// Whether the row is a line without anything in it, which is none.
  var isBlank: Bool { cellCount == 1 && !hasQuotes && bytes.isEmpty && fault == nil }

  /// Bytes of a cell.
  func cell(_ index: Int) -> ArraySlice<UInt8> { bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]] }

  /// Forgets the row.
  mutating func begin() {
    bytes.removeAll(keepingCapacity: bytes.capacity < 1 << 20)
    ends.removeAll(keepingCapacity: true)
    (cellCount, fault, hasQuotes, hasBegun) = (0, nil, false, false)
    rowLine = lineNumber
  }

  /// Takes bytes up to the end of a row, or all of them, and says how many and whether the row is whole.
  mutating func scan(_ text: UnsafeBufferPointer<UInt8>) -> (count: Int, isWhole: Bool) {
    for (index, byte) in text.enumerated() {
      hasBegun = true
      if byte == 0x0A { lineNumber += 1 }
      if take(byte) { return (index + 1, true) }
    }
    return (text.count, false)
  }

  /// Ends the row at the end of the input; false where none has begun.
  mutating func finish() -> Bool {
    guard hasBegun else { return false }
    if state == .quoted { note(.openQuote(cell: cellCount, line: quoteLine)) }
    endCell()
    return true
  }

  /// Whether the byte ends the row.
  private mutating func take(_ byte: UInt8) -> Bool {
    switch state {
    case .quoted:
      if byte == UInt8(ascii: "\"") { state = .quoteSeen } else { append(byte) }
      return false
    case .quoteSeen where byte == UInt8(ascii: "\""):
      append(byte)
      state = .quoted
      return false
    case .quoteSeen where byte == 0x0D:
      state = .returnSeen
      return false
    case .cellStart where byte == UInt8(ascii: "\""):
      state = .quoted
      (quoteLine, hasQuotes) = (lineNumber, true)
      return false
    default: break
    }
    if byte == 0x0A {
      if state == .plain, let last = bytes.last, last == 0x0D { bytes.removeLast() }
      endCell()
      return true
    }
    if byte == delimiter, state != .returnSeen {
      endCell()
      return false
    }
    if state == .quoteSeen || state == .returnSeen { note(.textAfterQuote(cell: cellCount)) }
    state = .plain
    append(byte)
    return false
  }

  private mutating func append(_ byte: UInt8) {
    if bytes.count < byteLimit {
      bytes.append(byte)
    } else if fault != .tooLong {
      fault = .tooLong
    }
  }

  private mutating func endCell() {
    cellCount += 1
    if ends.count < Self.cellLimit { ends.append(bytes.count) }
    state = .cellStart
  }

  private mutating func note(_ fault: Fault) {
    if self.fault == nil { self.fault = fault }
  }
}
