import QuireRequests

/// The lines of one input after the other, numbered through all of them.
package final class InputSequence: LineSource {
  /// An input of a job, and how many lines lie before it.
  private struct Part {
    let path: String
    let format: InputFormat
    /// Nil for an input that is read when its turn comes.
    var file: InputFile?
    let identity: FileIdentity
    let byteCount: Int?
    /// The number of lines before the input's first; nil until it is begun.
    var start: Int?
  }

  private let rules: RowRules
  private let limit: Int?
  private var parts: [Part] = []
  private var current = 0
  private var reader: InputReader?
  private var passedByteCount = 0
  private var takenLineCount = 0
  /// The places of the lines that are to be answered; nil for all.
  private var sample: Set<Int>?

  /// Bytes of all inputs, nil where one is a pipe; what the estimate of the time left rests on.
  package var byteCount: Int? {
    parts.reduce(0) { sum, part in part.byteCount.flatMap { count in sum.map { $0 + count } } }
  }
  /// Which files they are.
  package var identities: [FileIdentity] { parts.map(\.identity) }
  /// The inputs as a manifest tells of them.
  package var manifestInputs: [JobManifest.Input] {
    parts.map { JobManifest.Input(path: $0.path, byteCount: $0.byteCount) }
  }
  package var consumedByteCount: Int { passedByteCount + (reader?.consumedByteCount ?? 0) }
  private var passedLineCount: Int { start + (reader?.passedLineCount ?? 0) }
  package var failure: JobError? { reader?.failure }

  private var start: Int { parts[current].start ?? 0 }

  /// Opens pipes and devices, and finds files, which are opened when their turn comes.
  ///
  /// - Parameters:
  ///   - paths: as users write them: files, pipes, `-` for standard input, patterns of files (`data/*.jsonl`).
  ///   - format: how lines are written; nil leaves it to each name.
  ///   - rules: which columns mean what.
  ///   - limit: lines that are taken of all; nil for any number.
  /// - Throws: ``JobError`` where one is missing, a directory or may not be read, and where the formats do not go
  ///   together.
  package init(
    paths: [String], format: InputFormat? = nil, rules: RowRules = RowRules(), limit: Int? = nil
  ) throws(JobError) {
    self.rules = rules
    self.limit = limit
    let paths = try InputPaths.expanded(paths)
    for path in paths {
      let file = try InputFile(path: path)
      let isKept = paths.count == 1 || file.byteCount == nil
      parts.append(
        Part(
          path: path, format: format ?? InputFormat(path: path), file: isKept ? file : nil,
          identity: file.identity, byteCount: file.byteCount))
    }
    parts[0].start = 0
  }

  /// Looks at the beginning of each input, of a pipe at what comes within a while, so that those that cannot be used are
  /// known before anything is computed.
  package func prepare(waitMilliseconds: Int32) throws(JobError) {
    for index in parts.indices where index == current || parts[index].byteCount != nil {
      do throws(IOError) {
        let reader = try reader(of: index)
        let isFile = parts[index].byteCount != nil
        try reader.prepare(waitMilliseconds: isFile ? -1 : waitMilliseconds)
        if let refusal = reader.refusal { throw IOError(refusal) }
        if index == current { self.reader = reader }
      } catch {
        throw error.failure ?? .inputOutput("\(error)")
      }
    }
  }

  private func reader(of index: Int) throws(IOError) -> InputReader {
    if index == current, let reader { return reader }
    let part = parts[index]
    let file: InputFile
    do throws(JobError) {
      file = if let open = part.file { open } else { try InputFile(path: part.path) }
    } catch {
      throw IOError(error)
    }
    guard file.identity == part.identity else {
      throw IOError("the input \(part.path) was replaced by another file while the job was running")
    }
    return InputReader(file, format: part.format, rules: rules)
  }

  package func next(waitMilliseconds: Int32) throws(IOError) -> LineEvent {
    while true {
      if let limit, takenLineCount >= limit { return .end }
      if reader == nil { reader = try reader(of: current) }
      guard let reader else { return .end }
      switch try reader.next(waitMilliseconds: waitMilliseconds) {
      case .line(let line):
        takenLineCount += 1
        return .line(placed(line))
      case .notReady: return .notReady
      case .end:
        guard reader.failure == nil, current + 1 < parts.count else { return .end }
        let next = passedLineCount
        passedByteCount += parts[current].byteCount ?? reader.consumedByteCount
        current += 1
        parts[current].start = next
        self.reader = nil
      }
    }
  }

  private func placed(_ line: InputLine) -> InputLine {
    var placed = line
    if parts.count > 1 {
      placed = InputLine(
        index: start + line.index, content: line.content,
        origin: LineOrigin(lineNumber: line.origin.lineNumber, file: parts[current].path), isRow: line.isRow)
    }
    if let sample { placed.isTaken = sample.contains(placed.index) }
    return placed
  }

  /// Draws which lines are to be answered, in a reading of its own; false where that was interrupted.
  ///
  /// Throws where an input cannot be read twice.
  package func draw(
    _ sample: LineSample, _ parser: LineParser, isInterrupted: () -> Bool
  ) throws(JobError) -> Bool {
    if let pipe = parts.first(where: { $0.byteCount == nil }) {
      throw .inputUnusable(
        "the input \(pipe.path) cannot be read twice, as \(option: .sample) does; save it to a file first")
    }
    do throws(IOError) {
      let first = InputSequence(again: self)
      self.sample = try sample.indices(of: first, parser, isInterrupted: isInterrupted)
    } catch {
      throw error.failure ?? .inputOutput("\(error)")
    }
    return self.sample != nil
  }

  /// Whether an input cannot be read twice.
  var hasPipe: Bool { parts.contains { $0.byteCount == nil } }

  /// The same lines, from their beginning. Files alone can be read again.
  func again() -> InputSequence { InputSequence(again: self) }

  private init(again inputs: InputSequence) {
    rules = inputs.rules
    limit = inputs.limit
    sample = inputs.sample
    for part in inputs.parts {
      var part = part
      part.file = nil
      parts.append(part)
    }
  }

  package func name(ofIndex index: Int) -> String {
    let part = parts.last { ($0.start ?? .max) <= index } ?? parts[0]
    let noun = part.format.delimiter == nil ? "line" : "row"
    let name = "\(noun) \(index - (part.start ?? 0) + 1)"
    return parts.count > 1 ? "\(name) of \(part.path)" : name
  }
}
