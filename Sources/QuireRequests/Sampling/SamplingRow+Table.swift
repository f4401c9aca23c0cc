extension SamplingRow {
  /// Every sampling parameter, in the order in which they are checked.
  package static let all: [SamplingRow] = [
    SamplingRow(.n, .count(\.n, .within(1...16384)), help: "Answers a line, 1 to 16384."),
    SamplingRow(
      .bestOf, .optionalCount(\.bestOf, nil),
      help: "Answers to generate, of which the n likeliest are given; the number of beams.",
      relations: { params throws(RequestError) in try params.checkBestOf() }),
    SamplingRow(
      .presencePenalty, .number(\.presencePenalty, .within(-2...2)),
      help: "[-2, 2], 0 is off."),
    SamplingRow(
      .frequencyPenalty, .number(\.frequencyPenalty, .within(-2...2)),
      help: "[-2, 2], 0 is off."),
    SamplingRow(
      .repetitionPenalty, .number(\.repetitionPenalty, .positive),
      help: "Above 0, 1 is off."),
    SamplingRow(
      .temperature, .number(\.temperature, .within(0...2)),
      help: "0 takes the likeliest token; up to 2."),
    SamplingRow(
      .topP, .number(\.topP, .positiveShare),
      help: "Keep the likeliest tokens with this share of the mass, (0, 1]."),
    SamplingRow(
      .topK, .count(\.topK, .candidates), help: "Keep the k likeliest tokens; 0 or -1 keeps all."),
    SamplingRow(
      .minP, .number(\.minP, .within(0...1)),
      help: "Drop tokens below this share of the likeliest one's, [0, 1]."),
    SamplingRow(
      .seed, .seed(\.seed), help: "The run's seed, for lines without one of their own."),
    SamplingRow(.stop, .texts(\.stop), help: "A text that ends an answer; may be given again."),
    SamplingRow(
      .badWords, .texts(\.badWords),
      help: "A text that answers may not hold; may be given again."),
    SamplingRow(
      .maxTokens, .optionalCount(\.maxTokens, .atLeast(1)), help: "Longest answer in tokens."),
    SamplingRow(
      .minTokens, .count(\.minTokens, .atLeast(0)), help: "Shortest answer in tokens.",
      relations: { params throws(RequestError) in try params.checkLengths() }),
    SamplingRow(
      .truncatePromptTokens, .optionalCount(\.truncatePromptTokens, .atLeast(1)),
      help: "Keep this many tokens at a prompt's end."),
    SamplingRow(
      .addSpecialTokens, .optionalBoolean(\.addSpecialTokens),
      help: "Put BOS and EOS around prompts as the tokenizer says; by default around texts alone."),
    SamplingRow(
      .logprobs, .optionalCount(\.logprobs, .reported),
      help: "Report this many likeliest tokens at each position, 0 to 20, or -1 for all."),
    SamplingRow(
      .promptLogprobs, .optionalCount(\.promptLogprobs, .reported),
      help: "The same for the prompt's positions."),
    SamplingRow(
      .logprobTokenIDs, .tokenIDs(\.logprobTokenIDs),
      help:
        "Token ids that --logprobs reports instead of the likeliest ones, with commas; may be given again.",
      relations: { params throws(RequestError) in try params.checkReport() }),
    SamplingRow(
      .detokenize, .boolean(\.detokenize), isInBodies: false, help: "Give answers a text.",
      relations: { params throws(RequestError) in try params.checkText() }),
    SamplingRow(
      .skipSpecialTokens, .boolean(\.skipSpecialTokens),
      help: "Leave control tokens out of the text."),
    SamplingRow(
      .spacesBetweenSpecialTokens, .boolean(\.spacesBetweenSpecialTokens),
      help: "Set control tokens of the text apart; no effect with byte-level tokenizers."),
    SamplingRow(
      .includeStopString, .boolean(\.includeStopStringInOutput),
      help: "Keep the stop string in the text."),
    SamplingRow(
      .ignoreEOS, .boolean(\.ignoreEOS), help: "Go on past the end-of-text token."),
    SamplingRow(
      .stopTokenIDs, .tokenIDs(\.stopTokenIDs),
      help: "Token ids that end an answer, with commas; may be given again."),
    SamplingRow(
      .allowedTokenIDs, .optionalTokenIDs(\.allowedTokenIDs),
      help: "The only token ids of answers, with commas; may be given again."),
    SamplingRow(
      .logitBias, .biases(\.logitBias),
      help: "ID:BIAS, with commas, added to the logits of these tokens; may be given again."),
    SamplingRow(
      .structuredOutputs, .constraint(\.structuredOutputs),
      help: #"What each answer must be, as in lines: {"json_object": true}."#),
    SamplingRow(
      .lengthPenalty, .number(\.lengthPenalty, .finite),
      help: "Exponent of the length that divides a beam's score; above 0 favours long answers."),
    SamplingRow(
      .earlyStopping, .earlyStopping(\.earlyStopping),
      help: "When a beam search ends: true, false or never."),
    SamplingRow(
      .useBeamSearch, .boolean(\.useBeamSearch),
      help: "Search the likeliest answers with best-of (or n) beams; needs temperature 0.",
      relations: { params throws(RequestError) in try params.checkSearch() }),
    SamplingRow(
      .thinkingTokenBudget, .optionalCount(\.thinkingTokenBudget, .atLeast(0)),
      help: "Most tokens that the model thinks before it has to answer."),
  ]

  fileprivate static let byField = Dictionary(uniqueKeysWithValues: all.map { ($0.field, $0) })
}

extension SamplingField {
  /// What is known of the parameter. Constant time.
  package var row: SamplingRow { SamplingRow.byField[self]! }
}
