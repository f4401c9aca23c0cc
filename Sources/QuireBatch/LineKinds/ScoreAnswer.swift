import QuireEngine
import QuireJSON
import QuireOpenAI
import QuireRequests

/// Answers to lines that ask for scores.
extension NativeLine {
  /// Writes how likely each of the texts behind the prompt is, or how likely the text as a whole.
  func write(_ answer: LineAnswer, of scored: ScoredTexts, to writer: inout JSONWriter) {
    let outputs = answer.outputs
    writer.object { writer in
      writer.customID(id)
      writer.member("index", answer.place.index)
      writer.scores(of: outputs, scored, showsTokenIDs: answer.shows(.tokenIDs))
      if case .choices = scored, answer.shows(.promptTokenIDs) {
        writer.key("prompt_token_ids")
        writer.integers(answer.output.promptTokenIDs)
      }
      let usage = RequestOutput.usage(of: outputs)
      writer.usage(promptTokenCount: usage.promptTokenCount, completionTokenCount: usage.outputTokenCount)
      writer.history(answer.output.history)
      carriedMetadata(&writer)
      writer.key("error")
      writer.null()
    }
  }
}
