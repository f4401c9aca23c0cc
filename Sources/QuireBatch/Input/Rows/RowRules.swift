package import QuireRequests
import QuireJSON
import QuireOpenAI

/// Which columns of tables, and keys of lines, mean what.
package struct RowRules: Sendable, Equatable {
  /// Columns that stand for fields of native lines.
  package var map: ColumnMap
  /// What makes prompts of columns; nil where columns themselves are prompts.
  package var template: RowTemplate?
  /// What makes the system text of each row, beside a template of prompts; nil where it is the same for all.
  package var systemTemplate: RowTemplate?
  /// Whether lines are texts to be scored as a whole, under `text` or `score`, and all else is data.
  package var scoresTexts = false

  /// Rules; each argument is the property of its name.
  package init(map: ColumnMap = ColumnMap(), template: RowTemplate? = nil) {
    self.map = map
    self.template = template
  }
}

/// Columns that stand for fields of native lines under another name, as `question` for `prompt`.
package struct ColumnMap: Sendable, Equatable {
  private let fields: [String: String]
  /// The columns that are renamed, in order.
  package let columns: [String]

  /// A map that renames nothing.
  package init() {
    fields = [:]
    columns = []
  }

  /// - Parameter columns: for each field the column that holds it.
  /// - Throws: `OptionError` where a column is to be two fields, or one of the names is empty.
  package init(_ columns: [String: String]) throws(OptionError) {
    var fields: [String: String] = [:]
    for (field, column) in columns.sorted(by: { $0.key < $1.key }) {
      guard !field.isEmpty, !column.isEmpty else {
        throw OptionError(
          .columns, found: "\(field)=\(column)", expected: "made of FIELD=COLUMN, neither of them empty")
      }
      if let other = fields.updateValue(field, forKey: column) {
        throw OptionError(
          .columns,
          found:
            "\(option: .columns) takes the column \(Excerpt.quoted(column)) for \(other) and for \(field)",
          remedy: "leave one of them out")
      }
    }
    self.fields = fields
    self.columns = fields.keys.sorted()
  }

  /// The field that a column holds: its own name where it is not renamed.
  package func field(of column: String) -> String { fields[column] ?? column }

  /// The members of a line with the names of the fields that they stand for.
  ///
  /// Throws where a column is not there, or where the field is there beside it.
  func renamed(_ members: [JSONView.Member]) throws(InputError) -> [JSONView.Member] {
    guard !columns.isEmpty else { return members }
    let names = Set(members.map(\.key))
    for column in columns {
      let field = fields[column] ?? column
      guard names.contains(column) else {
        throw InputError(
          .missingField,
          "found no column \(Excerpt.quoted(column)), which is to be \(field); "
            + "\(ColumnNames.description(members.map(\.key)))", param: column)
      }
      if names.contains(field), fields[field] == nil {
        throw InputError(
          .conflictingFields, "found \(field) and \(Excerpt.quoted(column)), which is to be \(field), too",
          param: field)
      }
    }
    return members.map { member in
      guard let field = fields[member.key] else { return member }
      return JSONView.Member(key: field, rawKey: Array("\"\(field)\"".utf8)[...], value: member.value)
    }
  }
}

/// The names of columns in messages.
enum ColumnNames {
  private static let shownCount = 12

  /// "the columns are a, b": at most a dozen.
  static func description(_ names: [String]) -> String {
    guard !names.isEmpty else { return "there are no columns" }
    let shown = names.prefix(shownCount).map { Excerpt.name($0) }.joined(separator: ", ")
    let rest = names.count - shownCount
    return "the columns are \(shown)" + (rest > 0 ? " and \(rest) more" : "")
  }
}

extension OptionName {
  /// Which columns stand for fields of native lines.
  package static let columns = OptionName(rawValue: "map")
  /// The system text of conversations without one.
  package static let system = OptionName(rawValue: "system")
  /// What makes prompts of columns.
  package static let template = OptionName(rawValue: "template")
}
