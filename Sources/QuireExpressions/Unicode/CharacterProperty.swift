/// The classes of characters that expressions name, as Oniguruma answers them.
package enum CharacterProperty {
  /// All but `\n` is what `.` matches.
  static let lineFeed = ScalarSet("\n")

  /// The scalars at which the pre-tokenizer `Punctuation` cuts; its Unicode version is older than that of `\p{P}`.
  package static let punctuationPreTokenizer = binary("punctuation pre-tokenizer")!

  /// The set of `\p{name}`: a general category, a script or another property; case, spaces, hyphens and underscores in
  /// the name do not matter. nil for a name that is not known.
  static func named(_ name: String) -> ScalarSet? {
    let plain = String(
      String.UnicodeScalarView(name.unicodeScalars.filter { !" -_".unicodeScalars.contains($0) })
    )
    .lowercased()
    if let set = category(longNames[plain] ?? plain) { return set }
    switch plain {
    case "any": return .all
    case "assigned": return category("cn")!.inverted
    case "ascii", "alnum", "blank", "cntrl", "digit", "graph", "print", "space", "xdigit":
      return posixBracket(plain)
    case "whitespace": return posixBracket("space")
    case "punct": return category("p")
    case "posixpunct": return posixBracket("punct")
    default: return binary(alternativeNames[plain] ?? plain) ?? script(plain)
    }
  }

  /// What an error lists.
  static let binaryNames = "Alphabetic, Uppercase, Lowercase, Ideographic, Emoji, White_Space, Any, Assigned"
  /// What an error lists.
  static let posixNames =
    "alnum, alpha, ascii, blank, cntrl, digit, graph, lower, print, punct, space, upper, word or xdigit"

  /// The set of `[:name:]`; nil for a name that is not known.
  static func posixBracket(_ name: String) -> ScalarSet? {
    switch name {
    case "alpha": binary("alphabetic")
    case "upper": binary("uppercase")
    case "lower": binary("lowercase")
    case "word": binary("word")
    case "digit": category("nd")
    case "alnum": binary("alphabetic")!.union(category("nd")!)
    case "punct": category("p")!.union(category("s")!)
    case "cntrl": category("cc")
    case "blank": category("zs")!.union(ScalarSet("\t"))
    case "space": whitespace
    case "graph": graph
    case "print": graph.union(category("zs")!)
    case "ascii": ScalarSet([0...0x7F])
    case "xdigit": ScalarSet([0x30...0x39, 0x41...0x46, 0x61...0x66])
    default: nil
    }
  }

  private static let whitespace = category("z")!.union(ScalarSet([0x09...0x0D, 0x85...0x85]))
  private static var graph: ScalarSet {
    whitespace.union(category("cc")!).union(category("cn")!).inverted
  }

  private static let alternativeNames = ["alpha": "alphabetic", "upper": "uppercase", "lower": "lowercase"]

  private static func binary(_ name: String) -> ScalarSet? {
    guard let bounds = BinaryPropertyRuns.bounds[name] else { return nil }
    var numbers = PackedNumbers(bounds)
    var ranges: [ClosedRange<UInt32>] = []
    var last: UInt32 = 0
    while let distance = numbers.next(), let length = numbers.next() {
      let first = last + distance
      last = first + length
      ranges.append(first...last)
    }
    return ScalarSet(ranges)
  }

  /// A category by its short name: `lu`, or `l` for all whose names begin so; `lc` is Lu, Ll and Lt.
  private static func category(_ name: String) -> ScalarSet? {
    let indices = GeneralCategoryRuns.names.indices.filter {
      let known = GeneralCategoryRuns.names[$0]
      return name == "lc"
        ? ["lu", "ll", "lt"].contains(known) : known == name || String(known.first!) == name
    }
    guard !indices.isEmpty else { return nil }
    return ScalarSet(ranges(of: GeneralCategoryRuns.runs) { indices.contains($0) })
  }

  private static func script(_ name: String) -> ScalarSet? {
    guard let index = ScriptRuns.names.firstIndex(where: { $0.contains(Substring(name)) }) else { return nil }
    return ScalarSet(ranges(of: ScriptRuns.runs) { $0 == index + 1 })
  }

  /// The ranges of those of the runs whose value is wanted.
  private static func ranges(of runs: StaticString, _ isWanted: (Int) -> Bool) -> [ClosedRange<UInt32>] {
    var ranges: [ClosedRange<UInt32>] = []
    PackedNumbers.forEachRun(runs) { scalars, value in
      if isWanted(Int(value)) { ranges.append(ClosedRange(scalars)) }
    }
    return ranges
  }

  private static let longNames = [
    "letter": "l", "casedletter": "lc", "uppercaseletter": "lu", "lowercaseletter": "ll",
    "titlecaseletter": "lt",
    "modifierletter": "lm", "otherletter": "lo", "mark": "m", "combiningmark": "m", "nonspacingmark": "mn",
    "spacingmark": "mc", "enclosingmark": "me", "number": "n", "decimalnumber": "nd", "letternumber": "nl",
    "othernumber": "no", "punctuation": "p", "connectorpunctuation": "pc", "dashpunctuation": "pd",
    "openpunctuation": "ps", "closepunctuation": "pe", "initialpunctuation": "pi", "finalpunctuation": "pf",
    "otherpunctuation": "po", "symbol": "s", "mathsymbol": "sm", "currencysymbol": "sc",
    "modifiersymbol": "sk",
    "othersymbol": "so", "separator": "z", "spaceseparator": "zs", "lineseparator": "zl",
    "paragraphseparator": "zp", "other": "c", "control": "cc", "format": "cf", "privateuse": "co",
    "unassigned": "cn",
  ]
}
