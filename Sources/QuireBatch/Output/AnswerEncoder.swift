import QuireJSON
package import QuireOpenAI
package import QuireRequests
package import QuireTokenizers

/// Writes answers and error lines: fixed order of keys, nothing of clocks, chance or neighbours, so that the same
/// input gives the same bytes.
package struct AnswerEncoder: Sendable {
  private let parts: Set<AnswerPart>
  private let modelName: String
  private let tokenizer: Tokenizer

  /// An encoder for a job over one model.
  ///
  /// - Parameters:
  ///   - parts: what answers carry beyond what always stands in them.
  ///   - modelName: `model` of OpenAI answers whose line names none.
  ///   - tokenizer: the model's, which spells the tokens of OpenAI answers.
  package init(parts: Set<AnswerPart> = [], modelName: String, tokenizer: Tokenizer) {
    self.parts = parts
    self.modelName = modelName
    self.tokenizer = tokenizer
  }

  /// The line, newline included, that answers `line` with a finished output.
  ///
  /// - Parameter earlier: the outputs before it, where the line asks for several.
  package func answer(
    _ line: any LineKind, at place: LinePlace, _ output: RequestOutput, after earlier: [RequestOutput] = []
  ) -> [UInt8] {
    // Memory for a short answer: lines grow more than once otherwise.
    var writer = JSONWriter(expectedByteCount: 256)
    line.write(answer(at: place, output, after: earlier), to: &writer)
    writer.endLine()
    return writer.bytes
  }

  /// The line, newline included, that says what is wrong with `line`.
  ///
  /// - Parameter earlier: the line's outputs before the error.
  package func error(
    _ line: any LineKind, at place: LinePlace, _ error: InputError, after earlier: [RequestOutput] = []
  ) -> [UInt8] {
    var writer = JSONWriter()
    if let last = earlier.last {
      line.write(error, after: answer(at: place, last, after: earlier.dropLast()), to: &writer)
    } else {
      line.write(error, of: place, to: &writer)
    }
    writer.endLine()
    return writer.bytes
  }

  private func answer(
    at place: LinePlace, _ output: RequestOutput, after earlier: [RequestOutput]
  ) -> LineAnswer {
    LineAnswer(
      place: place, output: output, earlier: earlier, parts: parts, modelName: modelName, tokenizer: tokenizer
    )
  }
}

/// A finished output on its way into a line.
package struct LineAnswer {
  /// Which line it answers.
  let place: LinePlace
  /// The finished output; of several the last.
  let output: RequestOutput
  fileprivate let earlier: [RequestOutput]
  fileprivate let parts: Set<AnswerPart>
  fileprivate let modelName: String
  fileprivate let tokenizer: Tokenizer

  /// The outputs of all the line's requests so far, in their order.
  var outputs: [RequestOutput] { earlier + [output] }

  /// Whether the job asks for a part.
  func shows(_ part: AnswerPart) -> Bool { parts.contains(part) }

  /// The same for objects of OpenAI's API.
  var object: AnswerObject {
    AnswerObject(
      outputs: outputs, name: place.contentName, modelName: modelName, tokenizer: tokenizer,
      showsTokenIDs: shows(.tokenIDs), showsPromptTokenIDs: shows(.promptTokenIDs), showsUsage: shows(.usage),
      showsUnforcedLogprob: shows(.unforcedLogprob))
  }
}
