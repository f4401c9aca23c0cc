import QuireOpenAI
import QuireRequests
import Testing

@testable import QuireBatch

@Suite("Inputs of another kind than was said")
struct InputKindTests {
  private func refusal(
    _ bytes: [UInt8], format: InputFormat = .jsonl, map: [String: String] = [:], template: String? = nil
  ) throws -> String? {
    var options = BatchJob.Options()
    options.map = map
    options.template = template
    let reader = InputReader(
      ByteChunks(bytes), name: "in", format: format, rules: try options.rowRules())
    try reader.prepare(waitMilliseconds: 0)
    if let failure = reader.failure { #expect(failure.kind == .inputUnusable) }
    return reader.failure?.description
  }

  private func refusal(_ text: String, format: InputFormat = .jsonl) throws -> String? {
    try refusal(Array(text.utf8), format: format)
  }

  @Test(
    "Files that hold no lines are known by their first bytes, whatever the format",
    arguments: [
      ("PAR1\u{15}\u{4}", "Parquet"), ("PK\u{3}\u{4}\u{14}", "zip archive"), ("BZh91AY&SY", "bzip2"),
      ("SQLite format 3\0", "SQLite"), ("%PDF-1.7", "PDF"), ("Obj\u{1}\u{4}", "Avro"),
      ("GGUF\u{3}\0\0\0", "GGUF"),
      ("{\0\"\0p\0", "UTF-16"), ("\0{\0\"\0p", "UTF-16"),
    ])
  func signatures(beginning: String, name: String) throws {
    for format in InputFormat.allCases {
      #expect(try refusal(beginning + "\n", format: format)?.contains(name) == true)
    }
  }

  @Test(
    "Texts that only begin with such letters are texts",
    arguments: ["ORCID of whom?\n", "GGUF is what?\n", "BZh is no word\n", "SQLite format 3 is old\n"])
  func texts(text: String) throws { #expect(try refusal(text, format: .text) == nil) }

  @Test("UTF-16 is known by its mark")
  func marks() throws {
    #expect(try refusal([0xFF, 0xFE, 0x7B, 0])?.contains("iconv -t UTF-8 -f UTF-16") == true)
    #expect(try refusal([0xFE, 0xFF, 0, 0x7B])?.contains("UTF-16") == true)
  }

  @Test(
    "JSON that is not an object a line is named, with what to do",
    arguments: [
      ("[{\"prompt\": \"a\"},\n {\"prompt\": \"b\"}]\n", "jq -c '.[]'"),
      ("[\n{\"prompt\": \"a\"},\n{\"prompt\": \"b\"}\n]\n", "jq -c '.[]'"),
      ("\u{FEFF}[{\"prompt\": \"a\"}]", "jq -c '.[]'"), ("  [  \n", "jq -c '.[]'"),
      ("{\n  \"prompt\": \"a\"\n}\n", "jq -c ."),
      ("id,prompt\n1,a\n2,b\n", "--input-format csv"), ("id\tprompt\n1\ta\n", "--input-format tsv"),
      ("id;prompt\n1;a\n", "semicolons"), ("prompt\nHello\n", "--input-format csv"),
      ("\"id\",\"prompt\"\n\"1\",\"a, b\"\n", "--input-format csv"),
      ("{\"text\": \"a\"}\n{\"text\": \"b\"}\n", "--map prompt=text"),
      ("{\"id\": 1, \"question\": \"a\", \"answer\": \"b\"}", "--map prompt=question"),
      ("{\"instruction\": \"a\", \"input\": \"\", \"output\": \"c\"}\n", "{{ instruction }}{{"),
      ("{\"conversations\": [{\"from\": \"human\", \"value\": \"a\"}]}\n", "for turn in conversations"),
      ("{\"promt\": \"a\"}\n", "the columns are promt"),
    ])
  func kinds(text: String, remedy: String) throws {
    let refusal = try refusal(text)?.replacing("inputFormat", with: "--input-format")
      .replacing("map prompt", with: "--map prompt")
    #expect(refusal?.contains(remedy) == true, "\(refusal ?? "none")")
  }

  @Test(
    "One wrong line among good ones is an error line, not another kind",
    arguments: [
      "[1, 2]\n{\"prompt\": \"a\"}\n", "{\"text\": \"a\"}\n{\"prompt\": \"b\"}\n",
      "a,b\n{\"prompt\": \"c\"}\n",
      "not JSON\n", "not JSON\nnor this\n", "{\"id\": 1}\n", "{\"temperature\": 1, \"custom_id\": \"x\"}\n",
      "{\"prompt\": \"a\"}\n", "{\"url\": \"/v1/none\"}\n", "\n\n", "", "7\n", "\"text\"\n",
      "{\"text\": \"a\"\n", "[broken\n{\"prompt\": \"a\"}\n",
    ])
  func lines(text: String) throws { #expect(try refusal(text) == nil) }

  @Test("A template or a map makes prompts of any keys")
  func rules() throws {
    let bytes = Array("{\"text\": \"a\"}\n".utf8)
    #expect(try refusal(bytes, map: ["prompt": "text"]) == nil)
    #expect(try refusal(bytes, template: "{{ text }}") == nil)
  }

  @Test("The remedy for conversations of ShareGPT reads them")
  func shareGPT() throws {
    let line =
      #"{"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}, {"from": "human", "value": "c"}]}"#
    let message = try #require(try refusal(line + "\n"))
    let template = message.split(separator: "'", maxSplits: 1)[1].dropLast()
    var options = BatchJob.Options()
    options.template = String(template)
    let parser = LineParser(rules: try options.rowRules())
    let request = try parser.parse(InputLine(index: 0, content: .bytes(Array(line.utf8)))).request.get()
    #expect(request.prompt == .conversation([.user("a"), .assistant("b"), .user("c")], ChatSettings()))
  }

  @Test("The beginning of a pipe that is not there yet tells nothing, and loses nothing")
  func pipes() throws {
    let pipe = TestPipe()
    let reader = InputReader(
      DescriptorBytes(descriptor: pipe.readEnd, name: "-"), name: "-", format: .jsonl)
    try reader.prepare(waitMilliseconds: 0)
    pipe.write(Array("{\"prompt\": ".utf8))
    try reader.prepare(waitMilliseconds: 0)
    #expect(try reader.next(waitMilliseconds: 0) == .notReady)
    pipe.write(Array("\"a\"}\n{".utf8))
    guard case .line(let line) = try reader.next(waitMilliseconds: 0) else {
      Issue.record("no line")
      return
    }
    #expect(line.text == "{\"prompt\": \"a\"}")
    #expect(try reader.next(waitMilliseconds: 0) == .notReady)
  }
}
