/// Gemma: `<start_of_turn>user\n…<end_of_turn>\n` after `<bos>`; the model's role is called `model`.
struct GemmaRenderer: TurnRenderer {
  private let bos: [PromptPiece]
  private let start: PromptPiece
  private let end: PromptPiece
  private let systemSeparator: String
  let stopTokens: [(id: Int32, text: String)]

  init(style: ChatStyle, tokens: ControlTokens) throws(ChatError) {
    bos = style.writesBOS ? [try tokens.bos(orElse: "<bos>")] : []
    start = try tokens.required("<start_of_turn>")
    end = try tokens.required("<end_of_turn>")
    systemSeparator = style.systemSeparator
    stopTokens = tokens.stopTokens(style.format.stopTexts)
  }

  func opening(system: String?) -> [PromptPiece] { bos }

  func user(_ content: String, system: String?) -> [PromptPiece] {
    let folded: [PromptPiece] = system.map { [.text($0), .text(systemSeparator)] } ?? []
    return [start, .text("user\n")] + folded + [.text(content), end, .text("\n")]
  }

  func assistant(_ content: String) -> [PromptPiece] {
    [start, .text("model\n"), .text(content), end, .text("\n")]
  }

  var generationPrompt: [PromptPiece] { [start, .text("model\n")] }
}
