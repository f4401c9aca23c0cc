/// ChatML: `<|im_start|>role\n…<|im_end|>\n`, no BOS unless the template writes one.
struct ChatMLRenderer: TurnRenderer {
  private let start: PromptPiece
  private let end: PromptPiece
  private let bos: PromptPiece?
  private let answerPrefix: String
  let stopTokens: [(id: Int32, text: String)]

  init(style: ChatStyle, tokens: ControlTokens) throws(ChatError) {
    start = try tokens.required("<|im_start|>")
    end = try tokens.required("<|im_end|>")
    bos = style.writesBOS && tokens.encoding.bosTokenID != nil ? try tokens.bos(orElse: "") : nil
    answerPrefix = style.answerPrefix
    stopTokens = tokens.stopTokens(style.format.stopTexts)
  }

  private func turn(_ role: String, _ content: String) -> [PromptPiece] {
    [start, .text("\(role)\n"), .text(content), end, .text("\n")]
  }

  func opening(system: String?) -> [PromptPiece] {
    (bos.map { [$0] } ?? []) + (system.map { turn("system", $0) } ?? [])
  }

  func user(_ content: String, system: String?) -> [PromptPiece] { turn("user", content) }

  func assistant(_ content: String) -> [PromptPiece] { turn("assistant", content) }

  var generationPrompt: [PromptPiece] { [start, .text("assistant\n\(answerPrefix)")] }
}
