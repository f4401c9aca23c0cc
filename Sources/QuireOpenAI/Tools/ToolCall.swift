import QuireDigests

/// A call of a tool that an answer makes.
package struct ToolCall: Equatable, Sendable {
  /// The tool's name.
  package var name: String
  /// A JSON object as text, as the model wrote it.
  package var arguments: String

  /// A call; each argument is the field of its name.
  package init(name: String, arguments: String) {
    self.name = name
    self.arguments = arguments
  }
}

/// The ids of an answer's calls: they come from the body and the call's place, so that equal bodies have equal answers.
struct ToolCallIDs: Equatable, Sendable {
  /// The name that the answer's own id is made of.
  let answerName: String
  /// Mistral's templates take ids of nine letters and digits alone.
  let areShort: Bool

  /// The id of a call.
  /// - Parameters:
  ///   - choice: the answer among those of the body.
  ///   - call: among those of the answer.
  func id(choice: Int, call: Int) -> String {
    var hash = SHA256()
    hash.update("tool call \(choice) \(call) of \(answerName)")
    let digits = Hexadecimal.text(hash.digest())
    return areShort ? String(digits.prefix(9)) : "call_" + digits.prefix(24)
  }
}
