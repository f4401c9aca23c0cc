import QuireRequests
import Testing

@testable import QuireCLI

@Suite("A dialogue and what is taken back of it")
struct DialogueTests {
  private func dialogue(system: String? = nil, _ rounds: [(String, String)], open: String? = nil) -> Dialogue
  {
    var dialogue = Dialogue()
    dialogue.system = system
    for (question, answer) in rounds {
      dialogue.ask(question)
      dialogue.answer(answer)
    }
    if let open { dialogue.ask(open) }
    return dialogue
  }

  @Test("messages stand in the order in which they were said, the system text first")
  func order() {
    let made = dialogue(system: "s", [("a", "b"), ("c", "d")], open: "e")
    #expect(
      made.messages
        == ChatMessage.conversation(system: "s", history: [("a", "b"), ("c", "d")], prompt: "e"))
    #expect(made.openQuestion == "e" && made.questions == ["a", "c", "e"])
    #expect(dialogue([("a", "b")]).openQuestion == nil)
  }

  @Test("undo takes back a turn with its answer, and an open turn alone; the system text stays")
  func undo() {
    var made = dialogue(system: "s", [("a", "b")], open: "c")
    #expect(made.undo() == "c" && made == dialogue(system: "s", [("a", "b")]))
    #expect(made.undo() == "a" && made == dialogue(system: "s", []))
    #expect(made.undo() == nil && made == dialogue(system: "s", []))
  }

  @Test("a question is open again without its answer, and stays what it was where there is none")
  func reopen() {
    var made = dialogue([("a", "b"), ("c", "d")])
    #expect(made.reopenQuestion() && made == dialogue([("a", "b")], open: "c"))
    #expect(made.reopenQuestion() && made == dialogue([("a", "b")], open: "c"))
    var empty = dialogue(system: "s", [])
    #expect(!empty.reopenQuestion() && empty == dialogue(system: "s", []))
  }

  @Test("the system text is set, emptied, taken away, and survives a reset")
  func system() {
    var made = dialogue([("a", "b")])
    made.system = "one"
    #expect(made == dialogue(system: "one", [("a", "b")]))
    made.system = ""
    #expect(made.messages.first == .system("") && made.system == "")
    made.reset()
    #expect(made.messages == [.system("")])
    made.system = nil
    #expect(made.messages == [])
  }

  @Test("the messages up to the latest question are those that its answer was made for")
  func latest() {
    let made = dialogue(system: "s", [("a", "b"), ("c", "d")])
    #expect(made.messagesToLatestQuestion == dialogue(system: "s", [("a", "b")], open: "c").messages)
    #expect(dialogue(system: "s", []).messagesToLatestQuestion == nil)
  }

  @Test("an answer that is stopped keeps what was said, and one without a word takes the question back")
  func keeper() {
    let keeper = DialogueKeeper(nil, isSaved: false, savingTo: nil, givenSystem: "s")
    keeper.change { $0.ask("a") }
    keeper.extendAnswer("b")
    keeper.extendAnswer("c")
    #expect(keeper.endAnswer() && keeper.dialogue == dialogue(system: "s", [("a", "bc")]))
    keeper.change { $0.ask("d") }
    #expect(!keeper.endAnswer() && keeper.dialogue == dialogue(system: "s", [("a", "bc")]))
    // The answer that was to be replaced comes back.
    #expect(keeper.reopenQuestion() && !keeper.endAnswer())
    #expect(keeper.dialogue == dialogue(system: "s", [("a", "bc")]))
    #expect(keeper.reopenQuestion())
    keeper.endAnswer("e")
    #expect(keeper.dialogue == dialogue(system: "s", [("a", "e")]))
  }
}
