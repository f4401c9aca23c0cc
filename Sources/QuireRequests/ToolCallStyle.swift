/// How a model writes its calls of tools, as its chat template shows old ones.
package struct ToolCallStyle: Sendable, Equatable {
  /// The forms of published models.
  package enum Form: String, Sendable, CaseIterable {
    /// `<tool_call>{"name": …, "arguments": {…}}</tool_call>`, a pair of tags a call: Hermes, Qwen.
    case hermes
    /// `{"name": …, "parameters": {…}}`, perhaps behind `<|python_tag|>`, several parted by `;`: Llama 3.
    case llama3
    /// `[TOOL_CALLS]` before a list of calls, or before `name[ARGS]{…}` each: Mistral.
    case mistral
    /// A JSON object `{"name": …, "arguments": {…}}`, or a list of them, and nothing else.
    case json

    /// What a call begins with; nil where no mark is needed.
    package var startMark: String? {
      switch self {
      case .hermes: "<tool_call>"
      case .llama3: "<|python_tag|>"
      case .mistral: "[TOOL_CALLS]"
      case .json: nil
      }
    }
  }

  /// The form of a call.
  package var form: Form
  /// Whether the mark is a control token, which an answer's text leaves out unless it is to keep all of them.
  package var isMarkSpecial: Bool

  /// A style; each argument is the property of its name.
  package init(_ form: Form, isMarkSpecial: Bool = false) {
    self.form = form
    self.isMarkSpecial = isMarkSpecial
  }

  /// The style of a chat template: that whose mark stands in it.
  ///
  /// - Parameter isSpecial: whether a text is a control token of the vocabulary.
  package init(template source: String, isSpecial: (String) -> Bool) {
    // Templates of the Llama family name the tag among other marks, so the others are asked first.
    for form in [Form.hermes, .mistral, .llama3] {
      guard let mark = form.startMark, source.contains(mark) else { continue }
      self.init(form, isMarkSpecial: isSpecial(mark))
      return
    }
    let isLlama = source.contains("<|start_header_id|>")
    self.init(isLlama ? .llama3 : .json, isMarkSpecial: isLlama && isSpecial("<|python_tag|>"))
  }
}
