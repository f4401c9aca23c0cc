/// How the lines of an input are written.
public enum InputFormat: String, Sendable, CaseIterable {
  /// A JSON object a line: native or OpenAI batch, told apart line by line.
  case jsonl
  /// A prompt a line.
  case text
}
