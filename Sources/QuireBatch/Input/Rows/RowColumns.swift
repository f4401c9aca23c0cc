import QuireJSON
package import QuireOpenAI
import QuireRequests

/// The columns of a table: their names, and how their cells are read.
struct RowColumns {
  /// How the cells of a column are read.
  private enum Reading {
    /// As a text, whatever it is.
    case text
    /// As text; an empty cell says nothing.
    case textIfAny
    /// As JSON where they are such, else as text; an empty cell says nothing.
    case json
    /// As a list where they begin with a bracket, else as text; an empty cell says nothing.
    case list
  }

  private let names: [String]
  private let readings: [Reading]

  /// Takes the names from the first row of the table `name`.
  ///
  /// Throws ``JobError`` of kind `inputUnusable` where they are empty, not distinct or no text, or where `rules` need a
  /// column that is not there.
  init(_ header: RowScanner, name: String, _ rules: RowRules) throws(JobError) {
    if let fault = header.fault { throw .unreadableColumns(name, Self.description(of: fault)) }
    guard header.cellCount <= RowScanner.cellLimit, header.cellCount <= JSONView.memberLimit else {
      throw .unreadableColumns(name, "there are \(header.cellCount), more than \(RowScanner.cellLimit)")
    }
    var names: [String] = []
    var seen: [[UInt8]: Int] = [:]
    for index in 0..<header.cellCount {
      let cell = Array(header.cell(index))
      guard let text = String(validating: cell, as: UTF8.self) else {
        throw .unreadableColumns(name, "the name of column \(index + 1) is not UTF-8")
      }
      guard !text.isEmpty else { throw .unreadableColumns(name, "column \(index + 1) has no name") }
      if let first = seen.updateValue(index, forKey: cell) {
        throw .unreadableColumns(
          name, "the columns \(first + 1) and \(index + 1) are both called \(Excerpt.quoted(text))")
      }
      names.append(text)
    }
    self.names = names
    let fields = names.map { rules.map.field(of: $0) }
    // Beside a prompt they are data, as everything is beside a template.
    let asksTurns = rules.template == nil && !fields.contains { Self.prompts.contains($0) }
    readings = zip(names, fields).map { name, field in
      if rules.scoresTexts { return Self.reading(ofScored: field) }
      if field == ScoredFields.choices, rules.template == nil, rules.map.columns.contains(name) {
        return .list
      }
      return field == DialogueScript.field && asksTurns
        ? .json : Self.reading(of: field, isData: rules.template != nil)
    }
    try Self.check(names, of: name, rules)
  }

  /// What a native line would take the place of a prompt for, if it were in the table.
  private static let prompts = ["prompt", "prompt_token_ids", "messages"]

  private static func check(_ names: [String], of table: String, _ rules: RowRules) throws(JobError) {
    let described = ColumnNames.description(names)
    if let missing = rules.map.columns.first(where: { !names.contains($0) }) {
      throw .inputUnusable(
        "the input \(table) has no column \(Excerpt.quoted(missing)), which \(option: .columns) names; \(described)"
      )
    }
    guard let template = rules.template else {
      if rules.scoresTexts {
        guard names.contains(where: { ScoreLine.textFields.contains(rules.map.field(of: $0)) }) else {
          throw .inputUnusable(
            "the input \(table) has no column that is a text to be scored; \(described); name one with "
              + "\(option: .columns) text=COLUMN, or say with \(option: .template) what texts are made of")
        }
        return
      }
      let kinds = prompts + [DialogueScript.field, ScoredFields.score]
      guard names.contains(where: { kinds.contains(rules.map.field(of: $0)) }) else {
        throw .inputUnusable(
          "the input \(table) has no column that is a prompt; \(described); name one with \(option: .columns) "
            + "prompt=COLUMN, or say with \(option: .template) what prompts are made of")
      }
      return
    }
    if let missing = template.missingColumn(among: names) {
      throw .inputUnusable(
        "the input \(table) has no column \(Excerpt.quoted(missing)), which \(option: .template) needs; \(described)"
      )
    }
  }

  /// How the cells of a field are read where texts are scored.
  private static func reading(ofScored field: String) -> Reading {
    switch field {
    case "custom_id", "id": .textIfAny
    case _ where ScoreLine.parameters.contains { $0.rawValue == field }: .json
    default: .text
    }
  }

  /// How the cells of a field are read.
  /// - Parameter isData: whether a template makes the prompts, so that prompts and the like are data.
  private static func reading(of field: String, isData: Bool) -> Reading {
    if let parameter = SamplingField(rawValue: field) {
      if case .texts = parameter.row.slot { return .list }
      return .json
    }
    switch field {
    case "custom_id", "id": return .textIfAny
    case "sampling_params": return .json
    case "prompt": return .text
    case "system": return isData ? .text : .textIfAny
    case "messages", "history", "prompt_token_ids": return isData ? .text : .json
    case "history_length": return .json
    case "reasoning_effort": return .textIfAny
    case _ where ChatSettingsReader.fields.contains(field): return .json
    default: return .text
    }
  }

  /// The row as a JSON object, or what is wrong with it.
  /// - Parameter number: of the row, from 1.
  func content(_ row: RowScanner, number: Int) -> InputLine.Content {
    if row.fault == .tooLong {
      return .wrong(
        InputError(
          .lineTooLong,
          "row \(number) is longer than \(LineReader.defaultLineByteLimit >> 20) MiB; split its content, and look for a "
            + "quote that is left open"))
    }
    if let fault = row.fault {
      return .wrong(InputError(.invalidRow, "row \(number): " + Self.description(of: fault, in: names)))
    }
    guard row.cellCount == names.count else {
      return .wrong(
        InputError(
          .invalidRow,
          "row \(number): found \(row.cellCount) cells, expected \(names.count), one a column; "
            + ColumnNames.description(names)))
    }
    guard String(validating: row.bytes, as: UTF8.self) != nil else {
      let column = names.indices.first { String(validating: row.cell($0), as: UTF8.self) == nil }
      return .wrong(
        InputError(
          .invalidUTF8,
          "row \(number): the cell of \(Excerpt.quoted(names[column ?? 0])) is not UTF-8; convert the file, for instance "
            + "with iconv"))
    }
    var object = JSONWriter()
    object.beginObject()
    for index in names.indices {
      object.textKey(names[index])
      write(row.cell(index), as: readings[index], to: &object)
    }
    object.endObject()
    return .bytes(object.bytes)
  }

  private func write(_ cell: ArraySlice<UInt8>, as reading: Reading, to object: inout JSONWriter) {
    let isJSON: Bool
    switch reading {
    case .text: return object.string(utf8: cell)
    case .textIfAny where cell.isEmpty, .json where cell.isEmpty, .list where cell.isEmpty:
      return object.null()
    case .textIfAny: return object.string(utf8: cell)
    case .json: isJSON = true
    case .list: isJSON = cell.first == UInt8(ascii: "[")
    }
    guard isJSON, (try? JSONView(validating: Array(cell))) != nil else { return object.string(utf8: cell) }
    object.raw(Array(cell))
  }

  private static func description(of fault: RowScanner.Fault, in names: [String]? = nil) -> String {
    func column(_ index: Int) -> String {
      guard let names, index < names.count else { return "cell \(index + 1)" }
      return "the cell of \(Excerpt.quoted(names[index]))"
    }
    switch fault {
    case .textAfterQuote(let cell):
      return "\(column(cell)) has text after its closing quote; write a quote within a cell twice"
    case .openQuote(let cell, let line):
      return "\(column(cell)) has a quote that opens in line \(line) and is never closed"
    case .tooLong: return "a row is longer than \(LineReader.defaultLineByteLimit >> 20) MiB"
    }
  }
}

extension InputError.Code {
  /// A row of a table that does not fit its columns, or whose quotes do not fit.
  package static let invalidRow = Self(rawValue: "invalid_row")
}

extension JobError {
  /// The error of a table without a first row.
  static func noColumns(_ table: String) -> JobError {
    .inputUnusable("the input \(table) is empty; a table begins with the names of its columns")
  }

  /// The error of a first row that names no columns.
  fileprivate static func unreadableColumns(_ table: String, _ reason: String) -> JobError {
    .inputUnusable(
      "the first row of the input \(table), which names the columns, cannot be used: \(reason)")
  }
}
