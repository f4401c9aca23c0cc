import Foundation
import Testing

@testable import QuireCLI

@Suite("What is typed in a session")
struct DialogueInputTests {
  @Test(
    "a line is a turn, a command, an end or nothing",
    arguments: [
      ("Hi there ", .say("Hi there ")), ("  \t", .nothing), ("", .nothing), ("exit", .leave),
      (" QUIT ", .leave),
      ("bye", .leave), ("q", .leave), ("退出", .leave), ("exit now", .say("exit now")), ("/exit", .leave),
      ("/Bye", .leave), ("//exit", .say("/exit")), ("/help", .command(.help, nil)),
      ("/?", .command(.help, nil)),
      ("/system  Be brief. ", .command(.system, "Be brief.")), ("/SYSTEM", .command(.system, nil)),
      ("/params top_p 0.5", .command(.params, "top_p 0.5")), ("/", .unknown("")),
      ("/usr/bin is what?", .unknown("usr/bin")),
    ] as [(String, DialogueInput)])
  func lines(line: String, expected: DialogueInput) {
    var reader = DialogueInputReader()
    #expect(reader.take(line) == expected && !reader.isInBlock)
  }

  @Test(
    "lines between three quotation marks are one text, whatever they say",
    arguments: [
      (["'''", "one", "", " two", "'''"], .say("one\n\n two")),
      (["'''one", "/exit", "exit'''"], .say("one\n/exit\nexit")), (["'''bye'''"], .say("bye")),
      (["/system '''", "a", "b''' "], .command(.system, "a\nb")), (["'''", "'''"], .nothing),
      (["'''", "a \"b\" c", "'''"], .say("a \"b\" c")), (["/undo '''"], .command(.undo, "\"\"\"")),
    ] as [([String], DialogueInput)])
  func blocks(lines: [String], expected: DialogueInput) {
    var reader = DialogueInputReader()
    let marked = lines.map { $0.replacing("'''", with: "\"\"\"") }
    for line in marked.dropLast() {
      #expect(reader.take(line) == nil && reader.isInBlock)
    }
    #expect(reader.take(marked.last ?? "") == expected && !reader.isInBlock)
    let wasOpen = reader.dropBlock()
    #expect(!wasOpen)
  }

  @Test("a block without an end is dropped, and the next line is a line again")
  func openBlock() {
    var reader = DialogueInputReader()
    #expect(reader.take("\"\"\"a") == nil && reader.dropBlock())
    #expect(reader.take("b") == .say("b"))
  }

  @Test("each command has its place in the help, and is found by its name")
  func help() {
    for command in DialogueCommand.allCases {
      #expect(DialogueCommand.helpText.contains("/\(command.rawValue)"))
      #expect(DialogueCommand(word: command.rawValue.uppercased()) == command)
    }
  }

  @Test("lines of a pipe come as they are, without their ends; what is not UTF-8 is named")
  func pipe() throws {
    let pipe = Pipe()
    let bytes = Array("\u{FEFF}one\r\n\ntwo ".utf8) + [0xFF, 0x0A] + Array("三\nlast".utf8)
    pipe.fileHandleForWriting.write(Data(bytes))
    try pipe.fileHandleForWriting.close()
    var reader = PlainLineReader(descriptor: pipe.fileHandleForReading.fileDescriptor)
    var lines: [LineEditor.Line] = []
    while lines.last != .end { lines.append(reader.next()) }
    #expect(
      lines == [.text("one"), .text(""), .unusable("line 3 is not UTF-8"), .text("三"), .text("last"), .end])
    #expect(reader.next() == .end)
  }

  @Test("control characters of an answer are visible on a terminal, and everything else is as it was")
  func visible() {
    #expect(DialogueScreen.visible("a\tb\n你好 🙂 é") == "a\tb\n你好 🙂 é")
    #expect(DialogueScreen.visible("\u{1B}]52;c;x\u{7}\r\u{9B}2J\u{7F}") == "␛]52;c;x␇␍\u{FFFD}2J\u{FFFD}")
  }
}
