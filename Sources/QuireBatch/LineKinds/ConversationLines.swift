package import QuireChat
import QuireJSON
import QuireOpenAI
package import QuireRequests

/// The lines of `quire tokenize --chat`: conversations, as `quire run` takes them, to their prompts.
package struct ConversationLines: Sendable {
  private let prompter: ChatPrompter
  private let parser: LineParser
  private let beginsAnswers: Bool
  private let showsText: Bool

  /// - Parameters:
  ///   - templateArguments: variables of the template that lines do not set.
  ///   - beginsAnswers: whether prompts end with the beginning of an answer, unless a line says otherwise.
  ///   - showsText: whether the prompt's text is shown beside its ids.
  package init(
    prompter: ChatPrompter, templateArguments: [String: JSONText], beginsAnswers: Bool, showsText: Bool
  ) {
    self.prompter = prompter
    parser = LineParser(chatsBarePrompts: true, templateArguments: templateArguments)
    self.beginsAnswers = beginsAnswers
    self.showsText = showsText
  }

  /// The output line, newline included; an error line has the form of the native ones.
  package func convert(_ line: InputLine) -> (bytes: [UInt8], isError: Bool) {
    var output = JSONWriter()
    do throws(InputError) {
      let prompt = try prompt(parser.parse(line).request.get())
      output.object { output in
        if showsText { output.member("text", prompt.text) }
        output.key("token_ids")
        output.integers(prompt.tokenIDs)
      }
      output.endLine()
      return (output.bytes, false)
    } catch {
      var output = JSONWriter()
      output.object { $0.error(error, at: line.origin) }
      output.endLine()
      return (output.bytes, true)
    }
  }

  private func prompt(_ request: BodyRequest) throws(InputError) -> ChatPrompt {
    guard case .conversation(let messages, var settings) = request.prompt else {
      throw InputError(.missingField, "messages is missing from the line", param: "messages")
    }
    if !beginsAnswers { settings.addsGenerationPrompt = false }
    do throws(ChatError) {
      return try prompter.prompt(for: messages, settings, tokenBudget: nil, cut: .refused)
    } catch {
      throw InputError(.invalidMessages, error.message(in: JSONDialect()), param: "messages")
    }
  }
}
