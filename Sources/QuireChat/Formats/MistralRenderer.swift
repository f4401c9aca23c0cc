/// Mistral's instruct format: `<s>[INST] question [/INST] answer</s>`, with the version's white space.
///
/// `[INST]` and its kin are control tokens from version 0.3 on and ordinary text before; the tokenizer tells.
struct MistralRenderer: TurnRenderer {
  private let bos: [PromptPiece]
  private let endOfText: PromptPiece
  private let userOpening: [PromptPiece]
  private let userClosing: [PromptPiece]
  private let systemOpening: [PromptPiece]
  private let systemClosing: [PromptPiece]
  private let systemHasTurn: Bool
  private let spacing: MistralSpacing
  private let systemSeparator: String
  let stopTokens: [(id: Int32, text: String)]

  init(style: ChatStyle, tokens: ControlTokens) throws(ChatError) {
    spacing = style.mistralSpacing
    systemSeparator = style.systemSeparator
    systemHasTurn = style.systemPlacement == .ownTurn
    bos = style.writesBOS ? [try tokens.bos(orElse: "<s>")] : []
    endOfText = try tokens.eos(orElse: "</s>")
    userOpening = tokens.pieces(of: spacing.userOpening, marker: "[INST]")
    userClosing = tokens.pieces(of: spacing.userClosing, marker: "[/INST]")
    systemOpening = tokens.pieces(of: spacing.systemOpening, marker: "[SYSTEM_PROMPT]")
    systemClosing = tokens.pieces(of: spacing.systemClosing, marker: "[/SYSTEM_PROMPT]")
    stopTokens = tokens.stopTokens(style.format.stopTexts)
  }

  func opening(system: String?) -> [PromptPiece] {
    guard systemHasTurn, let system else { return bos }
    return bos + systemOpening + [.text(system)] + systemClosing
  }

  func user(_ content: String, system: String?) -> [PromptPiece] {
    userOpening + (system.map { [.text($0), .text(systemSeparator)] } ?? []) + [.text(content)] + userClosing
  }

  func assistant(_ content: String) -> [PromptPiece] {
    let answer = spacing.trimsAnswers ? content.trimmedLikeJinja() : content
    return [
      .text(spacing.answerOpening), .text(answer), .text(spacing.answerEnding), endOfText,
      .text(spacing.answerClosing),
    ]
  }

  var generationPrompt: [PromptPiece] { [] }
}
