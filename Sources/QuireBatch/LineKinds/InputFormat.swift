/// How the lines of an input are written.
public enum InputFormat: String, Sendable, CaseIterable {
  /// A JSON object a line: native or OpenAI batch, told apart line by line.
  case jsonl
  /// A prompt a line.
  case text
  /// A table with commas between its cells, as RFC 4180 writes it; the first row names the columns.
  case csv
  /// The same with tabs.
  case tsv

  /// The format that a file's name ends with, whatever it is compressed with; JSON Lines where it tells none.
  public init(path: String) {
    var name = path[...].utf8
    for ending in [".gz", ".zst"]
    where name.count > ending.utf8.count && name.suffix(ending.utf8.count).elementsEqual(ending.utf8) {
      name = name.dropLast(ending.utf8.count)
    }
    let ending = String(Substring(name.suffix(4))).lowercased()
    self = ending == ".csv" ? .csv : ending == ".tsv" || ending == ".tab" ? .tsv : .jsonl
  }

  /// What stands between the cells of a table; nil for lines.
  var delimiter: UInt8? {
    switch self {
    case .csv: UInt8(ascii: ",")
    case .tsv: 0x09
    case .jsonl, .text: nil
    }
  }
}
