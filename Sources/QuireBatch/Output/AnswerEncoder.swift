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
  package func answer(_ line: any LineKind, at place: LinePlace, _ output: RequestOutput) -> [UInt8] {
    var writer = JSONWriter()
    line.write(
      LineAnswer(
        place: place, output: output, parts: parts, modelName: modelName,
        tokenizer: tokenizer), to: &writer)
    writer.endLine()
    return writer.bytes
  }

  /// The line, newline included, that says what is wrong with `line`.
  package func error(_ line: any LineKind, at place: LinePlace, _ error: InputError) -> [UInt8] {
    var writer = JSONWriter()
    line.write(error, of: place, to: &writer)
    writer.endLine()
    return writer.bytes
  }
}

/// A finished output on its way into a line.
package struct LineAnswer {
  /// Which line it answers.
  let place: LinePlace
  /// The finished output.
  let output: RequestOutput
  fileprivate let parts: Set<AnswerPart>
  fileprivate let modelName: String
  fileprivate let tokenizer: Tokenizer

  /// Whether the job asks for a part.
  func shows(_ part: AnswerPart) -> Bool { parts.contains(part) }

  /// The same for objects of OpenAI's API.
  var object: AnswerObject {
    AnswerObject(
      output: output, name: place.contentName, modelName: modelName, tokenizer: tokenizer,
      showsTokenIDs: shows(.tokenIDs), showsPromptTokenIDs: shows(.promptTokenIDs), showsUsage: shows(.usage),
      showsUnforcedLogprob: shows(.unforcedLogprob))
  }
}
