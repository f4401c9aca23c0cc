/// Llama 3: `<|start_header_id|>role<|end_header_id|>\n\n…<|eot_id|>` after `<|begin_of_text|>`.
struct Llama3Renderer: TurnRenderer {
  private let bos: [PromptPiece]
  private let startHeader: PromptPiece
  private let endHeader: PromptPiece
  private let endOfTurn: PromptPiece
  private let systemPreamble: String?
  let stopTokens: [(id: Int32, text: String)]

  init(style: ChatStyle, tokens: ControlTokens) throws(ChatError) {
    bos = style.writesBOS ? [try tokens.bos(orElse: "<|begin_of_text|>")] : []
    startHeader = try tokens.required("<|start_header_id|>")
    endHeader = try tokens.required("<|end_header_id|>")
    endOfTurn = try tokens.required("<|eot_id|>")
    systemPreamble = style.systemPreamble
    stopTokens = tokens.stopTokens(style.format.stopTexts)
  }

  private func header(_ role: String) -> [PromptPiece] {
    [startHeader, .text(role), endHeader, .text("\n\n")]
  }

  func opening(system: String?) -> [PromptPiece] {
    guard system != nil || systemPreamble != nil else { return bos }
    return bos + header("system") + [.text(systemPreamble ?? ""), .text(system ?? ""), endOfTurn]
  }

  func user(_ content: String, system: String?) -> [PromptPiece] {
    header("user") + [.text(content), endOfTurn]
  }

  func assistant(_ content: String) -> [PromptPiece] {
    header("assistant") + [.text(content), endOfTurn]
  }

  var generationPrompt: [PromptPiece] { header("assistant") }
}
