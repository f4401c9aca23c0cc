import Foundation
import QuireOpenAI
import QuireRequests
import Testing

@testable import QuireCLI

@Suite("Files of dialogues")
struct DialogueFileTests {
  private func read(_ text: String) throws -> (Dialogue, DialogueForm) {
    try DialogueReader.read(Array(text.utf8))
  }

  private func written(_ dialogue: Dialogue, _ form: DialogueForm, givenSystem: String? = nil) -> String {
    String(decoding: DialogueWriter.bytes(dialogue, as: form, givenSystem: givenSystem), as: UTF8.self)
  }

  private static let history: [(user: String, assistant: String)] = [("你好", "a\n\"b\""), ("c", "d")]

  @Test("a list of messages, an object with one and pairs say the same dialogue")
  func forms() throws {
    let said =
      #"{"role":"user","content":"你好"},{"role":"assistant","content":"a\n\"b\""},"#
      + #"{"role":"user","content":"c"},{"role":"assistant","content":"d"}"#
    let pairs = #"[["你好","a\n\"b\""],["c","d"]]"#
    let expected = ChatMessage.conversation(system: nil, history: Self.history, prompt: "").dropLast()
    for text in [
      "[\(said)]", "\u{FEFF} [\(said)]\r\n", #"{"messages":[\#(said)]}"#, pairs,
      #"{"id":7,"history":\#(pairs)}"#,
    ] {
      #expect(try read(text).0.messages == Array(expected), "\(text)")
    }
    let system = #"{"history":\#(pairs),"system":"s"}"#
    #expect(try read(system).0.messages == [.system("s")] + expected)
    #expect(
      try read("").0 == Dialogue() && read("[]").0 == Dialogue() && read(#"{"messages":[]}"#).0 == Dialogue())
  }

  @Test(
    "a dialogue is saved in the form that it was loaded in, with all that the file had besides",
    arguments: [
      """
      [
        {"role":"system","content":"s","x": [1, 2.0]},
        {"name":"Ann","content":[{"type":"text","text":"a"}],"role":"user"},
        {"role":"assistant","content":"b","tool_calls":[]}
      ]

      """,
      """
      {
        "id":1e3,
        "messages":[
          {"role":"user","content":"a"},
          {"role":"assistant","content":"b"}
        ],
        "after":{"b":1,"a":2}
      }

      """,
      """
      [
        ["a","b"]
      ]

      """,
      """
      {
        "system":"s",
        "history":[
          ["a","b"]
        ],
        "n":null
      }

      """,
    ])
  func kept(text: String) throws {
    var (dialogue, form) = try read(text)
    #expect(written(dialogue, form) == text)
    dialogue.ask("new")
    dialogue.answer("old")
    let (again, _) = try read(written(dialogue, form))
    #expect(again.messages == dialogue.messages)
    dialogue.undo()
    #expect(written(dialogue, form) == text)
  }

  @Test("pairs become an object where the dialogue has a system text that nobody gives again")
  func pairsWithSystem() throws {
    var (dialogue, form) = try read(#"[["a","b"]]"#)
    let plain = written(dialogue, form)
    dialogue.system = "s"
    #expect(written(dialogue, form, givenSystem: "s") == plain)
    let whole = written(dialogue, form, givenSystem: "other")
    #expect(try read(whole).0.messages == dialogue.messages)
    #expect(whole.contains(#""system":"s""#))
    // A question that waits is no pair.
    dialogue.ask("open")
    #expect(written(dialogue, form, givenSystem: nil) == whole)
  }

  @Test(
    "what is no dialogue is an error that names the place and what is expected",
    arguments: [
      ("{", "no JSON: found"), ("7", "expected a list of messages"),
      (#"["a"]"#, "expected a list of messages"),
      (#"{"a":[]}"#, "found an object without such a list"),
      (#"{"messages":{}}"#, "found an object without such a list"),
      (#"{"messages":[],"history":[]}"#, "found both messages and history"),
      (#"[{"role":"user"}]"#, "messages[0]: the content is missing"),
      (#"[{"role":"user","content":"a"},["b","c"]]"#, "messages[1]: found"),
      (#"[["a","b"],["c"]]"#, "history[1]: found 1 texts"), (#"[["a",null]]"#, "history[0][1]: found null"),
      (#"[["a","b"],{"role":"user","content":"a"}]"#, "history[1]: found"),
      (#"{"system":3,"history":[["a","b"]]}"#, "system: found 3"),
      (#"{"messages":[{"role":"user","content":"a"}],"messages":[]}"#, "stands twice"),
    ])
  func refused(text: String, told: String) throws {
    let error = #expect(throws: InputError.self) { _ = try read(text) }
    #expect(error?.message.contains(told) == true, "\(error?.message ?? "")")
  }

  @Test(
    "a file is written whole, keeps its permissions and stays behind a link; a missing folder changes nothing"
  )
  func replaced() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "quire-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (file, link) = (folder.appending(path: "a.json").path, folder.appending(path: "b.json").path)
    #expect(
      FileManager.default.createFile(
        atPath: file, contents: Data("[]".utf8), attributes: [.posixPermissions: 0o600]))
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
    let keeper = DialogueKeeper(try DialogueFile.read(link), isSaved: true, savingTo: link, givenSystem: nil)
    // Nothing was said: nothing is written.
    #expect(try keeper.save() == nil)
    keeper.change { $0.ask("a") }
    keeper.extendAnswer("b")
    #expect(try keeper.save() == 2)
    #expect(try keeper.save() == nil)
    #expect(try DialogueFile.read(file)?.dialogue.messages == [.user("a"), .assistant("b")])
    #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == file)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["a.json", "b.json"])
    #expect(throws: CommandError.self) { try keeper.save(to: folder.appending(path: "no/c.json").path) }
    #expect(throws: CommandError.self) { try keeper.save(to: folder.path) }
    #expect(throws: CommandError.self) { try keeper.save(to: file) }
    let other = folder.appending(path: "c.json").path
    // What this session wrote it may write again.
    #expect(try keeper.save(to: other) == 2 && keeper.save(to: other) == 2)
  }
}
