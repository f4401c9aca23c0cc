import ArgumentParser

/// How lines become prompts: which of them are conversations, and how these are written.
struct ChatOptions: ParsableArguments {
  @Flag(
    help: "Take bare prompts as a user's turn in the model's chat format; --system implies it.")
  var chat = false
  @OptionGroup var conversation: ConversationOptions
  @OptionGroup var rawPrompts: RawPromptOptions
}

/// How texts are read that are prompts as they stand.
struct RawPromptOptions: ParsableArguments {
  @Flag(
    name: .customLong("no-special-tokens"), help: "Take control tokens written in raw prompts as plain text.")
  var noSpecialTokens = false
}
