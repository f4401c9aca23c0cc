import QuireJSON
package import QuireRequests

/// The keys of the random numbers of one call's requests: those that `quire run` gives its lines, so that one request
/// has one answer in both.
///
/// An id decides alone. Without one it is the prompt, as the line that would say it, and how many of the same came
/// before: a text is a line of `--input-format text`; ids and messages are the native line that says them and nothing
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
    let name = SIMD4(key.digest[0], key.digest[1], key.digest[2], key.digest[3])
    let before = occurrences[name, default: 0]
    occurrences[name] = before + 1
    return key.randomKey(runSeed: runSeed, occurrence: before)
  }

  /// The line that says a prompt and nothing else.
  private static func line(_ prompt: Prompt) -> [UInt8] {
    var line = JSONWriter()
    switch prompt {
    case .text(let text): return Array(text.utf8)
    case .tokenIDs(let ids):
      line.object { line in
        line.key("prompt_token_ids")
        line.array(ids) { line, id in line.integer(id) }
      }
    case .conversation(let messages):
      line.object { line in
        line.key("messages")
        line.array(messages) { line, message in
          line.object { line in
            line.key("role")
            line.string(message.role.rawValue)
            line.key("content")
            line.string(message.content)
          }
        }
      }
    }
    return line.takeBytes()
  }
}
