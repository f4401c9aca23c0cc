import QuireJSON
import QuireRequests
import QuireTokenizers

/// The parts of a completion: text as it comes, the prompt's before it under `echo`.
struct CompletionStream: AnswerStream {
  private let frame: StreamFrame
  private let body: CompletionBody
  private var counts: StreamCounts
  /// Where the tokens of each answer that has begun begin in its text.
  private var offsets: [Int: TokenOffsets] = [:]

  init(_ frame: StreamFrame, _ body: CompletionBody) {
    self.frame = frame
    self.body = body
    counts = StreamCounts(frame.options)
  }

  mutating func take(_ update: RequestUpdate) -> [[UInt8]] {
    if !body.hidesAnswer { counts.add(update) }
    let prompt = update.index / body.choiceCount
    if body.tellsAnswersAtOnce {
      let first = prompt * body.choiceCount
      // Log-probabilities of the prompt are known with the whole answer alone.
      guard let output = update.output else { return [] }
      let answer = AnswerObject(
        outputs: [output], name: frame.name, modelName: frame.modelName, tokenizer: frame.tokenizer
      ).showing(body.tokens)
      return output.outputs.map { completion in
        part { body.choice(&$0, completion, of: output, index: first + completion.index, answer) }
      }
    }
    var said = update.text
    let isFirst = offsets[update.index] == nil
    if isFirst {
      let skips = body.request.sampling.values.skipSpecialTokens
      let echoed = body.echoedText(frame.prompts[prompt], frame.tokenizer)
      offsets[update.index] = TokenOffsets(
        IncrementalDetokenizer(tokenizer: frame.tokenizer, skipSpecialTokens: skips, beginsText: false),
        from: echoed.unicodeScalars.count)
      said = echoed + said
    }
    let tokens = update.logprobs.map {
      zip(update.tokenIDs, $0).map { (id, entries) in
        CompletionText.Token(offset: offsets[update.index]?.next(id) ?? 0, id: id, entries: entries)
      }
    }
    let showsIDs = body.tokens.returnsTokenIDs
    guard !said.isEmpty || tokens != nil || update.finishReason != nil || showsIDs else { return [] }
    let told = part { writer in
      writer.object { writer in
        writer.member("index", update.index)
        writer.member("text", said)
        writer.key("logprobs")
        if let tokens {
          writer.completionLogprobs(
            tokens, frame.tokenizer, namesByID: body.tokens.namesTokensByID)
        } else {
          writer.null()
        }
        writer.finishReason(update.finishReason)
        if update.finishReason != nil { writer.stopReason(update.stopReason) }
        guard showsIDs else { return }
        writer.key("token_ids")
        writer.integers(update.tokenIDs)
        guard isFirst else { return }
        writer.key("prompt_token_ids")
        writer.integers(frame.prompts[prompt])
      }
    }
    return [told]
  }

  func finish() -> [UInt8]? { counts.inLast.map { part(usage: $0) } }

  /// - Parameter choice: writes the one choice of a part.
  private func part(usage: Int? = nil, _ choice: (inout JSONWriter) -> Void = { _ in }) -> [UInt8] {
    frame.part(
      object: "text_completion", idPrefix: "cmpl-", model: body.model, usage: usage ?? counts.inPart
    ) { writer in
      writer.beginArray()
      choice(&writer)
      writer.endArray()
    }
  }
}
