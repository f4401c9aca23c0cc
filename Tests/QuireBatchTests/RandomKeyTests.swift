import QuireEngine
import QuireJSON
import QuireRequests
import Testing

@testable import QuireBatch

/// One request has one key of its random numbers, from a line and from the library.
@Suite("Random keys of lines and of the library")
struct RandomKeyTests {
  private func lineKeys(_ lines: [String], format: InputFormat = .jsonl) -> [UInt64] {
    var registry = LineRegistry(runSeed: 7)
    let parser = LineParser(format: format)
    return lines.enumerated().map { index, text in
      let bytes = Array(text.utf8)
      let parsed = parser.parse(InputLine(index: index, content: .bytes(bytes)))
      return registry.register(id: parsed.line.id, content: bytes, lineNumber: index + 1).identity.randomKey
    }
  }

  private func libraryKeys(_ requests: [(prompt: Prompt, id: String?)]) -> [UInt64] {
    var keys = RequestKeys(seed: 7)
    return requests.map { keys.randomKey(for: $0.prompt, id: $0.id) }
  }

  @Test("an id that is a text gives the line and the request the same key, whatever else they say")
  func ids() {
    let lines = [#"{"id":"a","prompt":"p"}"#, #"{"custom_id": "b", "messages": [], "top_k": 3}"#]
    #expect(libraryKeys([("other", "a"), (.tokenIDs([1]), "b")]) == lineKeys(lines))
  }

  @Test("a text has the key of the same line of text, and equal ones that of their place among them")
  func texts() {
    let texts = ["same", "é \"quoted\"", "same", "same"]
    let keys = libraryKeys(texts.map { (.text($0), nil) })
    #expect(keys == lineKeys(texts, format: .text))
    #expect(Set(keys).count == 4)
  }

  @Test("ids and messages have the keys of the native lines that say them and nothing else")
  func nativeLines() {
    let messages: [ChatMessage] = [.system("s\n"), .user("\"né\"")]
    let lines = [
      #"{"prompt_token_ids":[1,2,259]}"#,
      #"{"messages":[{"role":"system","content":"s\n"},{"role":"user","content":"\"né\""}]}"#,
    ]
    #expect(
      libraryKeys([(.tokenIDs([1, 2, 259]), nil), (.conversation(messages), nil)]) == lineKeys(lines))
  }
}
