package import QuireJSON
package import QuireRequests

/// The keys of the random numbers of one call's requests: those that `quire run` gives its lines, so that one request
/// has one answer in both.
///
/// An id decides alone. Without one it is the prompt, as the line that would say it, and how many of the same came
/// before: a text is a line of plain text; ids and messages are the native line that says them and nothing
/// else, without spaces. Keeps some 30 bytes a request without an id.
package struct RequestKeys {
  private let runSeed: Int64
  /// How often a prompt has been seen, by the first half of its digest.
  private var occurrences: [SIMD4<UInt32>: Int] = [:]

  /// The keys of a call without requests so far, under the run's seed.
  package init(seed: UInt64) { runSeed = Int64(bitPattern: seed) }

  /// The key of the next request.
  package mutating func randomKey(for prompt: Prompt, id: String?) -> UInt64 {
    if let id { return RequestKey(id: id).randomKey(runSeed: runSeed) }
    let key = RequestKey(content: Self.line(prompt))
    let name = key.digest.lowHalf
    let before = occurrences[name, default: 0]
    occurrences[name] = before + 1
    return key.randomKey(runSeed: runSeed, occurrence: before)
  }

  /// The line that says a prompt and nothing else.
  package static func line(_ prompt: Prompt) -> [UInt8] {
    var line = JSONWriter()
    switch prompt {
    case .text(let text): return Array(text.utf8)
    case .pieces(let pieces): return pieces.flatMap { Array($0.text.utf8) }
    case .tokenIDs(let ids):
      line.object { line in
        line.key("prompt_token_ids")
        line.array(ids) { line, id in line.integer(id) }
      }
    case .pooled(let input):
      switch input.source {
      case .text(let text): return Self.line(.text(text))
      case .tokenIDs(let ids): return Self.line(.tokenIDs(ids))
      }
    case .conversation(let messages, let settings):
      line.object { line in
        line.key("messages")
        line.array(messages) { line, message in
          line.object { write(message, to: &$0) }
        }
        write(settings, to: &line)
      }
    }
    return line.takeBytes()
  }

  /// Writes the members of a message, as lines have them.
  package static func write(_ message: ChatMessage, to line: inout JSONWriter) {
    line.key("role")
    line.string(message.role.rawValue)
    line.key("content")
    line.string(message.content)
    if let name = message.name { line.member("name", name) }
    if let reasoning = message.reasoning { line.member("reasoning_content", reasoning) }
    write(message.fields, to: &line)
  }

  private static func write(_ settings: ChatSettings, to line: inout JSONWriter) {
    if !settings.templateArguments.isEmpty {
      line.key("chat_template_kwargs")
      line.object { write(settings.templateArguments, to: &$0) }
    }
    if let tools = settings.tools { line.rawMember("tools", tools) }
    if let documents = settings.documents { line.rawMember("documents", documents) }
    if let length = settings.historyLength { line.member("history_length", length) }
    if settings.continuesFinalMessage {
      line.member("continue_final_message", true)
    } else if !settings.addsGenerationPrompt {
      line.member("add_generation_prompt", false)
    }
  }

  private static func write(_ values: [String: JSONText], to line: inout JSONWriter) {
    for (name, value) in values.sorted(by: { $0.key < $1.key }) { line.rawMember(name, value) }
  }
}

extension JSONWriter {
  fileprivate mutating func rawMember(_ name: String, _ value: JSONText) {
    textKey(name)
    raw(Array(value.text.utf8))
  }
}
