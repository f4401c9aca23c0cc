import QuireEngine
import QuireJSON
package import QuireRequests

/// Reads input lines of the three kinds; knows nothing of models, files or other lines.
package struct LineParser: Sendable {
  /// How lines are written.
  package enum Format: String, Sendable, CaseIterable {
    /// A JSON object a line: native or OpenAI batch, told apart line by line.
    case jsonl
    /// A prompt a line.
    case text
  }

  /// How lines are written.
  package var format: Format
  /// Sampling parameters of lines that say nothing.
  package var defaults: SamplingSettings
  /// Whether bare prompts are user turns of a chat (`--chat`, `--system`).
  package var chatsBarePrompts: Bool
  /// The system text of conversations without one; nil leaves it to the chat format.
  package var system: String?

  /// A parser; each argument is the field of its name, and a system text makes chats of bare prompts too.
  package init(
    format: Format = .jsonl, defaults: SamplingSettings = SamplingSettings(), chatsBarePrompts: Bool = false,
    system: String? = nil
  ) {
    self.format = format
    self.defaults = defaults
    self.chatsBarePrompts = chatsBarePrompts || system != nil
    self.system = system
  }

  /// Reads one line; whatever is wrong with it is in the result.
  package func parse(_ line: InputLine) -> ParsedLine {
    var envelope = LineEnvelope(index: line.index)
    do throws(LineError) {
      let request = try request(of: line, &envelope)
      return ParsedLine(envelope: envelope, request: .success(request))
    } catch {
      return ParsedLine(envelope: envelope, request: .failure(error))
    }
  }

  private func request(of line: InputLine, _ envelope: inout LineEnvelope) throws(LineError) -> LineRequest {
    if format == .text {
      let text = String(decoding: try Self.text(in: line), as: UTF8.self)
      return request(barePrompt(text), LineSampling())
    }
    let members = try Self.object(in: line).members()
    return isOpenAI(members)
      ? try openAIRequest(members, &envelope) : try nativeRequest(members, &envelope)
  }

  /// The request of a line with this prompt.
  func request(_ prompt: Prompt, _ sampling: LineSampling) -> LineRequest {
    LineRequest(
      prompt: prompt, sampling: sampling.settings.over(defaults), structurePath: sampling.structurePath)
  }

  /// The bytes of a line, which are UTF-8.
  private static func text(in line: InputLine) throws(LineError) -> [UInt8] {
    guard case .bytes(let bytes) = line.content else {
      throw LineError(
        .lineTooLong,
        "the line is longer than \(LineReader.defaultLineByteLimit >> 20) MiB; split its content")
    }
    if let offset = firstInvalidUTF8(in: bytes) {
      throw LineError(
        .invalidUTF8, "the line is not UTF-8 at byte \(offset + 1); convert the file, for instance with iconv"
      )
    }
    return bytes
  }

  /// The JSON object that a line is.
  static func object(in line: InputLine) throws(LineError) -> JSONView {
    let view: JSONView
    let bytes = try text(in: line)
    do throws(JSONSyntaxError) {
      view = try JSONView(validating: bytes)
    } catch {
      throw LineError(.invalidJSON, "the line is not JSON: \(error)")
    }
    guard view.kind == .object else {
      throw LineError(.invalidType, "found \(view.kind.rawValue), expected a JSON object")
    }
    return view
  }

  /// A native line always says what its prompt is; `url` beside a prompt is somebody's metadata.
  private func isOpenAI(_ members: [JSONView.Member]) -> Bool {
    let keys = members.map(\.key)
    return keys.contains { ["body", "url", "method"].contains($0) }
      && !keys.contains { ["prompt", "prompt_token_ids", "messages"].contains($0) }
  }

  /// A prompt without `system` or `history` beside it.
  func barePrompt(_ text: String) -> Prompt {
    chatsBarePrompts ? .conversation(.conversation(system: system, history: [], prompt: text)) : .text(text)
  }

  /// The offset of the first byte that is no part of UTF-8.
  private static func firstInvalidUTF8(in bytes: [UInt8]) -> Int? {
    if String(validating: bytes, as: UTF8.self) != nil { return nil }
    var iterator = bytes.makeIterator()
    var decoder = UTF8()
    var offset = 0
    while true {
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar): offset += UTF8.width(scalar)
      case .emptyInput, .error: return min(offset, bytes.count - 1)
      }
    }
  }
}
