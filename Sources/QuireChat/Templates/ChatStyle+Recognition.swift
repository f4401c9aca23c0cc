extension ChatStyle {
  /// The style of a model's own chat template, found by its markers and literals; the template is never run.
  ///
  /// Throws `ChatError.unrecognizedTemplate` when the template is none of the known formats.
  /// Complexity: linear in the template, which has at most `mostTemplateBytes`.
  package static func recognize(template: String) throws(ChatError) -> ChatStyle {
    guard template.utf8.count <= mostTemplateBytes, let format = ChatFormat.detect(template: template) else {
      throw ChatError.unrecognizedTemplate(
        excerpt: String(String.UnicodeScalarView(template.unicodeScalars.prefix(60))))
    }
    let reading = TemplateReading(template)
    var style = standard(format)
    style.writesBOS = reading.codeHolds("bos_token")
    style.needsAlternation = reading.codeHolds("raise_exception(") && reading.codeHolds("%2")
    switch format {
    case .chatml: style.readChatML(reading)
    case .llama3: style.readLlama3(reading)
    case .mistral: style.readMistral(reading)
    case .gemma: style.readGemma(reading)
    }
    return style
  }

  /// Twice what the longest published template has; longer ones are not looked at.
  private static let mostTemplateBytes = 1 << 16

  private mutating func readChatML(_ reading: TemplateReading) {
    let trims = ["+message.content|trim+", "+message.content.strip()+"]
    trimsContent = reading.codeEnds(with: trims, beforeLiteral: "<|im_end|>")
    dropsReasoning = reading.literals.contains("</think>") && reading.codeHolds("content.split(")
    defaultSystem = reading.firstText(between: "<|im_start|>system\n", and: "<|im_end|>")
    answerPrefix = reading.lastText(after: "<|im_start|>assistant\n", without: "<|im_end|>") ?? ""
  }

  private mutating func readLlama3(_ reading: TemplateReading) {
    trimsContent = reading.codeHolds("content|trim") || reading.codeHolds("content.strip()")
    guard let cutoff = reading.literals.first(where: { $0.hasPrefix("Cutting Knowledge Date:") }),
      let date = reading.literal(assignedTo: "date_string")
    else { return }
    systemPreamble = "\(cutoff)Today Date: \(date)\n\n"
  }

  private mutating func readGemma(_ reading: TemplateReading) {
    trimsContent = reading.codeHolds("content|trim")
    if let prefix = reading.literalsAround(code: ["first_user_prefix=", "content+"]) {
      systemPlacement = .firstUserTurn
      systemSeparator = prefix.after
    } else {
      systemPlacement = .refused
    }
  }

  private mutating func readMistral(_ reading: TemplateReading) {
    let standardSpacing = MistralSpacing()
    mistralSpacing.userOpening = reading.literal(holding: "[INST]") ?? standardSpacing.userOpening
    mistralSpacing.userClosing = reading.literal(holding: "[/INST]") ?? standardSpacing.userClosing
    if let answer = reading.literalsAround(code: ["message.content", "eos_token"]) {
      mistralSpacing.answerOpening = answer.before
      mistralSpacing.answerClosing = answer.after
      mistralSpacing.trimsAnswers = answer.code.trimsContent
    }
    if let ending = reading.literal(joining: "message.content", to: "eos_token") {
      mistralSpacing.answerOpening = ending.before
      mistralSpacing.answerEnding = ending.between
      mistralSpacing.answerClosing = ""
      mistralSpacing.trimsAnswers = ending.code.trimsContent
    }
    if let opening = reading.literal(holding: "[SYSTEM_PROMPT]"),
      let closing = reading.literal(holding: "[/SYSTEM_PROMPT]")
    {
      systemPlacement = .ownTurn
      mistralSpacing.systemOpening = opening
      mistralSpacing.systemClosing = closing
    } else if reading.codeHolds("loop.lastandsystem_message") {
      systemPlacement = .lastUserTurn
    } else if reading.codeHolds("loop.firstandsystem_message") {
      systemPlacement = .firstUserTurn
    } else {
      systemPlacement = .refused
    }
  }
}

extension String {
  /// Whether this code trims the content of messages.
  fileprivate var trimsContent: Bool { contains("content|trim") || contains("content.strip()") }
}
