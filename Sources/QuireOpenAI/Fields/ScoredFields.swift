package import QuireJSON
package import QuireRequests

/// The fields of a native line, or of a body, that ask for scores in place of an answer.
package struct ScoredFields {
  /// The key of texts behind a prompt.
  package static let choices = "choices"
  /// The key of a text that is scored as a whole.
  package static let score = "score"

  /// The kinds of prompt that texts may stand behind.
  private static let contexts = ["prompt", "prompt_token_ids", "messages"]

  /// The list of texts behind the prompt; nil for none.
  package private(set) var choices: JSONView?
  /// The text that is scored as a whole, in the place of a prompt; nil for none.
  package private(set) var text: JSONView?
  /// The kinds of prompt that the line has besides.
  private var promptNames: [String] = []

  /// Nothing that asks for scores.
  package init() {}

  /// The fields of a line. What cannot be such beside a prompt is data: choices that are no list, a score that is no text;
  /// in a table, any score.
  ///
  /// - Parameter promptNames: the kinds of prompt that the line has.
  package init(_ members: [JSONView.Member], besides promptNames: [String], areRows: Bool) {
    self.promptNames = promptNames
    for member in members where !member.value.isNull {
      switch member.key {
      case Self.choices where member.value.kind == .array: choices = member.value
      case Self.score where promptNames.isEmpty || !areRows && member.value.kind == .string:
        text = member.value
      default: break
      }
    }
  }

  /// The keys that are no metadata.
  package var names: [String] { (choices == nil ? [] : [Self.choices]) + (text == nil ? [] : [Self.score]) }

  /// What is to be scored; nil for nothing.
  ///
  /// - Parameter stated: the parameters that the line states.
  /// - Throws: where there are no texts, where turns stand beside them, or where a parameter does that changes no score.
  package func texts(stating stated: SamplingSettings) throws(InputError) -> ScoredTexts? {
    guard let field = names.first else { return nil }
    var allowed: Set<SamplingField> = [.logprobs, .detokenize]
    if choices != nil { allowed.formUnion([.truncatePromptTokens, .addSpecialTokens]) }
    if let other = SamplingField.allCases.first(where: { stated.states($0) && !allowed.contains($0) }) {
      throw InputError(
        .conflictingFields,
        "found \(other.rawValue) beside \(field), expected none of the parameters but "
          + allowed.map(\.rawValue).sorted().joined(separator: ", ")
          + ": a text is scored, and nothing is drawn",
        param: other.rawValue)
    }
    guard let choices else { return .prompt }
    if let other = text.map({ _ in Self.score }) ?? promptNames.first(where: { !Self.contexts.contains($0) })
    {
      throw InputError(
        .conflictingFields,
        "found \(Self.choices) beside \(other), expected them beside prompt, prompt_token_ids or messages",
        param: Self.choices)
    }
    var texts: [String] = []
    try choices.forEachElement { index, element throws(InputError) in
      texts.append(try element.string("\(Self.choices)[\(index)]"))
    }
    return .choices(texts)
  }
}
