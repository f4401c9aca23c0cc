/// The chat formats that are built by hand, without running the model's template.
///
/// The raw value is what `EngineConfiguration.chatTemplate` takes.
package enum ChatFormat: String, Sendable, CaseIterable {
  /// `<|im_start|>role\n…<|im_end|>\n`: Qwen, SmolLM2 and many others.
  case chatml
  /// `<|start_header_id|>role<|end_header_id|>\n\n…<|eot_id|>`: Llama 3, 3.1, 3.2 and 3.3.
  case llama3
  /// `[INST] … [/INST]`: Mistral's instruct models.
  case mistral
  /// Gemma's turns, `<start_of_turn>role\n…<end_of_turn>\n`.
  case gemma

  /// The texts of the control tokens that end an answer, the usual one first; EOS does, too.
  var stopTexts: [String] {
    switch self {
    case .chatml: ["<|im_end|>", "<|im_start|>", "<|endoftext|>"]
    case .llama3: ["<|eot_id|>", "<|end_of_text|>", "<|eom_id|>"]
    case .mistral: []
    case .gemma: ["<end_of_turn>", "<eos>"]
    }
  }

  /// The names that a chat template may be chosen by, as messages print them: `auto|chatml|llama3|mistral|gemma`.
  package static let optionValues = (["auto"] + allCases.map(\.rawValue)).joined(separator: "|")

  /// The format whose markers stand in a model's chat template, or nil when none do.
  ///
  /// The template is searched, never run. Look-alikes that the hand-built format would get wrong are left
  /// unrecognised: `<|im_sep|>` (Phi-4) and a date from the clock (SmolLM3) beside ChatML's markers, and
  /// `<<SYS>>` (Llama 2) beside Mistral's. Complexity: linear in the template.
  package static func detect(template: String) -> ChatFormat? {
    let holds = { (marker: String) in template.utf8.firstOffset(of: marker.utf8) != nil }
    if holds("<|start_header_id|>") && holds("<|eot_id|>") { return .llama3 }
    if holds("<|im_start|>") && holds("<|im_end|>") {
      return holds("<|im_sep|>") || holds("strftime_now") ? nil : .chatml
    }
    if holds("<start_of_turn>") && holds("<end_of_turn>") { return .gemma }
    if holds("[INST]") && holds("[/INST]") && !holds("<<SYS>>") { return .mistral }
    return nil
  }
}
