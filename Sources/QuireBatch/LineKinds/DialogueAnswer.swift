import QuireEngine
package import QuireJSON
package import QuireOpenAI
import QuireRequests

/// Lines with `turns`: the whole conversation, and what is known of each answer in it.
extension NativeLine {
  package func write(_ error: InputError, after answer: LineAnswer, to writer: inout JSONWriter) {
    guard let dialogue else { return write(error, of: answer.place, to: &writer) }
    write(answer, of: dialogue, error, to: &writer)
  }

  /// - Parameter error: what ended the dialogue early; nil where all turns are answered.
  func write(
    _ answer: LineAnswer, of dialogue: DialogueScript, _ error: InputError? = nil, to writer: inout JSONWriter
  ) {
    let outputs = answer.outputs
    writer.object { writer in
      writer.customID(id)
      writer.member("index", answer.place.index)
      writer.key("messages")
      writer.array(dialogue.messages(with: outputs)) { writer, message in
        writer.object { RequestKeys.write(message, to: &$0) }
      }
      writer.key("turns")
      writer.array(Array(outputs.enumerated())) { turn($1, answer, &$0) }
      let usage = RequestOutput.usage(of: outputs)
      writer.usage(promptTokenCount: usage.promptTokenCount, completionTokenCount: usage.outputTokenCount)
      carriedMetadata(&writer)
      if let error {
        writer.error(error, at: answer.place.origin)
      } else {
        writer.key("error")
        writer.null()
      }
    }
  }

  private func turn(
    _ turn: (offset: Int, element: RequestOutput), _ answer: LineAnswer, _ writer: inout JSONWriter
  ) {
    let output = turn.element
    writer.object { writer in
      members(&writer, output.outputs[0], answer, index: turn.offset, showsUsage: false)
      promptParts(of: output, answer, &writer)
      writer.usage(
        promptTokenCount: output.promptTokenIDs.count, completionTokenCount: output.completionTokenCount)
      writer.history(output.history)
    }
  }
}

extension RequestOutput {
  /// The tokens of answers to several requests, together; those of texts that are scored are given, as prompts are.
  static func usage(of outputs: [RequestOutput]) -> (promptTokenCount: Int, outputTokenCount: Int) {
    (outputs.reduce(0) { $0 + $1.givenTokenCount }, outputs.reduce(0) { $0 + $1.completionTokenCount })
  }
}
