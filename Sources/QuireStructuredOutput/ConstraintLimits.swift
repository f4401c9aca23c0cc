/// Bounds on what one constraint may ask for: whatever a request holds, compiling it takes seconds at most and tens of
/// megabytes at most.
enum ConstraintLimits {
  /// States whose usual next token is kept for a constraint.
  static let habitCount = 4096
  /// Bytes of a regular expression, a schema, or all choices together.
  static let textByteCount = 262_144
  /// Texts of a choice.
  static let choiceCount = 4096
  /// Groups that may stand in one another in a regular expression; bounds the parser's recursion.
  static let groupDepth = 64
  /// Parts of terminals that may stand in one another, over other terminals too.
  static let terminalDepth = 256
  /// Schemas that may lead to one another and hold together, by references and combinations; bounds the recursion that
  /// merges them.
  static let mergeDepth = 128
  /// Greatest maxProperties where names are open.
  static let countedPropertyCount = 256
  /// Greatest m and n of {m,n}, minLength and minItems, and what maxLength is lowered to: what is longer is not written.
  static let repetitionCount = 16_384
  /// What maxItems is lowered to.
  static let greatestCount = 4096
  /// Rules of a grammar: about one for each schema in the schema.
  static let ruleCount = 4096
  /// States of an expression that is made deterministic over characters, and of its assertions together.
  static let expressionStateCount = 20_000
  /// Ranges of characters that are told apart on the way.
  static let partitionWork = 8_000_000
  /// States before determinisation.
  static let nodeCount = 262_144
  /// States after it. A row of the table takes up to 1 KiB.
  static let stateCount = 32_768
  /// Node and edge visits of the determinisation, which the count of states alone does not bound.
  static let closureWork = 30_000_000
  /// Ranges of characters that are read where a pattern, a format and lengths hold together.
  static let intersectionWork = 4_194_304
  /// Frames of the stack: arrays and objects that may stand in one another where the schema does not bound them. Below
  /// the 64 levels that the JSON reader of this project takes.
  static let frameCount = 48
  /// Frames of the stack of a grammar that one byte of look ahead tells apart: rules that stand in one another.
  static let grammarFrameCount = 1024
  /// Ways of reading that are followed at once; of more, those nearest to their ends. As many callers share a rule.
  static let wayCount = 256
  /// Calls of a grammar's rules that are copied where they begin alike.
  static let grammarCopyCount = 256
  /// Tokens of the shortest answer; the counts of schemas in one another multiply.
  static let shortestAnswer: Int32 = 1_000_000
  /// Bytes of masks that one compiled constraint keeps: over a thousand masks of a vocabulary of 150,000 tokens.
  static let maskBytes = 24 << 20
  /// Bytes of tables and masks over which a cache of constraints gives up the oldest.
  static let cacheBytes = 256 << 20
}
