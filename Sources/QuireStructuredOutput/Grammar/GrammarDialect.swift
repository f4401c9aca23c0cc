/// The notations of grammars, told apart as vLLM does: a text with a `::=` outside of comments is GBNF, any other one
/// Lark's.
enum GrammarDialect {
  /// The grammar as a network, and its first rule.
  static func network(
    _ text: String, field: String
  ) throws(ConstraintError) -> (network: RuleNetwork, root: Int32) {
    isGBNF(text) ? try GBNFParser.network(text, field: field) : try LarkParser.network(text, field: field)
  }

  private static func isGBNF(_ text: String) -> Bool {
    text.utf8.split(separator: UInt8(ascii: "\n")).contains { line in
      var line = line[...]
      if let comment = line.firstIndex(of: UInt8(ascii: "#")) { line = line[..<comment] }
      if let slash = line.indices.dropLast().first(where: {
        line[$0] == UInt8(ascii: "/") && line[line.index(after: $0)] == UInt8(ascii: "/")
      }) {
        line = line[..<slash]
      }
      return String(Substring(line)).contains("::=")
    }
  }
}
