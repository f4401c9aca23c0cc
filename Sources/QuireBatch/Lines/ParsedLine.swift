package import QuireRequests

/// Which form a line has, and so its answer.
package enum LineForm: Equatable, Sendable {
  /// A prompt with an optional id and sampling parameters, or a line of text.
  case native
  /// `/v1/chat/completions`; `model` is the JSON value that the answer echoes, nil for the job's own.
  case openAIChat(model: [UInt8]?)
  /// `/v1/completions`.
  case openAICompletion(model: [UInt8]?)
  /// An OpenAI line whose `url` could not be told.
  case openAIUnknown
}

/// What an answer takes over from its line, right or wrong as the line may be.
package struct LineEnvelope: Equatable, Sendable {
  /// Place in the input, from 0.
  package let index: Int
  /// Which form the line has.
  package var form = LineForm.native
  /// Its id as typed; nil where it has none.
  package var id: LineID?
  /// What an OpenAI line's answer shows; not read for native lines.
  package var openAI = OpenAIAnswerShape()
  /// A JSON object of the keys that mean nothing to the job, values byte for byte; nil where there are none.
  package var metadata: [UInt8]?

  /// The envelope of a native line of which nothing is known but its place.
  package init(index: Int) {
    self.index = index
  }
}

/// What a line asks for, once it has been found right.
package struct LineRequest: Equatable, Sendable {
  /// What is to be continued or answered.
  package let prompt: Prompt
  /// How: what the line states, over the job's defaults.
  package var sampling: SamplingSettings
  /// Where the line says what its whole answer must be, for errors; nil where it says nothing.
  package let structurePath: String?

  /// How the line names its fields; only OpenAI's field for a constraint has a name of its own.
  func dialect(options: any ErrorDialect) -> JSONDialect {
    let path = structurePath.flatMap { $0.hasPrefix("response_format") ? $0 : nil }
    return JSONDialect(constraintPath: path, options: options)
  }
}

/// One line, read: the envelope of its answer, and the request or what is wrong with it.
package struct ParsedLine: Equatable, Sendable {
  /// What the answer takes over.
  package let envelope: LineEnvelope
  /// The request, or what is wrong with the line.
  package let request: Result<LineRequest, LineError>
}
