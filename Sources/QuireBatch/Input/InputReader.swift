/// The lines or rows of one input, from its first bytes on: what it is compressed with is found and undone, and an input
/// of another kind than was said is refused before its first line.
package final class InputReader: FileLines {
  private let name: String
  private let format: InputFormat
  private let rules: RowRules
  private var bytes: PeekedBytes
  /// Whether what the input is compressed with has been found and undone.
  private var isOpened = false
  private var lines: (any FileLines)?
  private var ownRefusal: JobError?

  /// Why nothing of the input is taken; nil where it has lines, though they may end in a failure.
  package var refusal: JobError? { ownRefusal ?? (lines as? RowReader)?.refusal }

  package var consumedByteCount: Int { lines?.consumedByteCount ?? bytes.consumedByteCount }
  var passedLineCount: Int { lines?.passedLineCount ?? 0 }
  package var failure: JobError? { refusal ?? lines?.failure ?? bytes.failure }
  package func name(ofIndex index: Int) -> String {
    format.delimiter == nil ? "line \(index + 1)" : "row \(index + 1)"
  }

  /// - Parameters:
  ///   - name: of the input, for errors.
  ///   - format: how lines are written.
  ///   - rules: which columns mean what.
  package init(_ bytes: any ByteSource, name: String, format: InputFormat, rules: RowRules = RowRules()) {
    self.bytes = PeekedBytes(bytes)
    self.name = name
    self.format = format
    self.rules = rules
  }

  /// A reader of an open file.
  package convenience init(_ file: InputFile, format: InputFormat, rules: RowRules = RowRules()) {
    self.init(DescriptorBytes(file), name: file.path, format: format, rules: rules)
  }

  /// Looks at the beginning, as far as it is there; what is wrong with it is in `failure`.
  package func prepare(waitMilliseconds: Int32) throws(IOError) {
    guard lines == nil, ownRefusal == nil, try open(waitMilliseconds), try seesKind(waitMilliseconds) else {
      return
    }
    let kind = InputKind(
      beginning: bytes.beginning, isWhole: bytes.isWhole, format: format, rules: rules)
    ownRefusal = kind.refusal(of: name)
    guard ownRefusal == nil else { return }
    guard let delimiter = format.delimiter else {
      lines = LineReader(bytes)
      return
    }
    let rows = RowReader(bytes, name: name, delimiter: delimiter, rules: rules)
    lines = rows
    try rows.readColumns(waitMilliseconds: waitMilliseconds)
  }

  /// The next line that is not blank, or the next row.
  package func next(waitMilliseconds: Int32) throws(IOError) -> LineEvent {
    if lines == nil { try prepare(waitMilliseconds: waitMilliseconds) }
    if ownRefusal != nil { return .end }
    if let lines { return try lines.next(waitMilliseconds: waitMilliseconds) }
    return .notReady
  }

  /// Finds what the input is compressed with, and undoes it; false where that cannot be told yet.
  private func open(_ waitMilliseconds: Int32) throws(IOError) -> Bool {
    guard !isOpened else { return true }
    guard try bytes.look(waitMilliseconds: waitMilliseconds, until: Compression.isTold) else { return false }
    isOpened = true
    guard let compression = Compression(beginning: bytes.beginning) else { return true }
    do throws(JobError) {
      bytes = PeekedBytes(try compression.decoded(bytes, name: name))
    } catch {
      ownRefusal = error
      return false
    }
    return true
  }

  private func seesKind(_ waitMilliseconds: Int32) throws(IOError) -> Bool {
    guard try bytes.look(waitMilliseconds: waitMilliseconds, until: InputKind.isTold) else { return false }
    // What is there without waiting tells more than a first line.
    _ = try bytes.look(waitMilliseconds: 0) { $0.count >= InputKind.peekByteCount }
    return true
  }
}
