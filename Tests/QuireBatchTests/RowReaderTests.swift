import Testing

@testable import QuireBatch

@Suite("Rows of tables")
struct RowReaderTests {
  private func reader(
    _ text: String, delimiter: Character = ",", size: Int = .max, limit: Int = 1 << 20,
    map: [String: String] = [:]
  ) throws -> RowReader {
    RowReader(
      ByteChunks(text.utf8, size: size), name: "t.csv", delimiter: delimiter.asciiValue!,
      rules: RowRules(map: try ColumnMap(map)), rowByteLimit: limit)
  }

  @Test(
    "Cells keep quotes, delimiters and line ends, in whatever pieces the bytes come",
    arguments: [1, 2, 3, 7, 1000])
  func cells(size: Int) throws {
    let text =
      "\u{FEFF}id,prompt,note\r\n1,\"a \"\"b\"\", c\",x\r\n\r\n2,\"two\r\nlines\n\",\"\"\n3, \"q\" ,é\""
    let rows = try reader(text, size: max(size, 3)).allLines()
    #expect(
      rows.map(\.text) == [
        #"{"id":"1","prompt":"a \"b\", c","note":"x"}"#,
        #"{"id":"2","prompt":"two\r\nlines\n","note":""}"#,
        #"{"id":"3","prompt":" \"q\" ","note":"é\""}"#,
      ])
    #expect(rows.map(\.index) == [0, 1, 2])
    #expect(rows.map(\.number) == [2, 4, 7])
  }

  @Test("Tabs, too, stand between cells, and a line of tabs alone is a row")
  func tabs() throws {
    let rows = try reader("prompt\ta,b\nx, y\t\"\t\"\n\t\n", delimiter: "\t").allLines()
    #expect(rows.map(\.text) == [#"{"prompt":"x, y","a,b":"\t"}"#, #"{"prompt":"","a,b":""}"#])
  }

  @Test("A wrong row says what is wrong, and the next is read")
  func wrongRows() throws {
    let text = "prompt,b\n1\n1,2,3\n\"a\"x,b\nok,\"\"\n\"open,\n2"
    let rows = try reader(text).allLines()
    #expect(
      rows.map(\.text) == [
        "invalid_row: row 1: found 1 cells, expected 2, one a column; the columns are prompt, b",
        "invalid_row: row 2: found 3 cells, expected 2, one a column; the columns are prompt, b",
        "invalid_row: row 3: the cell of \"prompt\" has text after its closing quote; write a quote within a cell twice",
        #"{"prompt":"ok","b":""}"#,
        "invalid_row: row 5: the cell of \"prompt\" has a quote that opens in line 6 and is never closed",
      ])
    #expect(rows.map(\.number) == [2, 3, 4, 5, 6])
  }

  @Test("A row that is too long is told without its bytes, as is one that is no UTF-8")
  func longAndBroken() throws {
    let long = String(repeating: "x", count: 100)
    let rows = try reader("prompt\n\(long)\n\"\(long)\n\"\nok\n", limit: 50).allLines()
    #expect(
      rows.map { $0.text.prefix(31) }
        == ["line_too_long: row 1 is longer ", "line_too_long: row 2 is longer ", #"{"prompt":"ok"}"#].map {
          $0.prefix(31)
        })
    let bytes = Array("prompt,b\nx,".utf8) + [0xFF] + Array("\ny,z".utf8)
    let broken = RowReader(ByteChunks(bytes), name: "t.csv", delimiter: UInt8(ascii: ","))
    #expect(
      try broken.allLines().map { $0.text.prefix(30) }
        == ["invalid_utf8: row 1: the cell ", #"{"prompt":"y","b":"z"}"#].map { $0.prefix(30) })
  }

  @Test(
    "A first row that names no columns ends the input with a failure",
    arguments: [
      ("", "is empty"), ("prompt,prompt\na,b", "columns 1 and 2 are both called \"prompt\""),
      ("prompt,\na,b", "column 2 has no name"),
      ("a,b\n1,2", "no column that is a prompt; the columns are a, b"),
      ("\"prompt\nx", "never closed"),
    ])
  func columns(text: String, reason: String) throws {
    let reader = try reader(text)
    #expect(try reader.allLines().isEmpty)
    #expect(reader.failure?.kind == .inputUnusable)
    #expect(reader.failure?.description.contains(reason) == true, "\(reader.failure!)")
  }

  @Test("Columns of numbers and lists are read as such, and empty cells say nothing")
  func readings() throws {
    let text = """
      prompt,max_tokens,stop,custom_id,messages,temperature,n
      x,5,end,,,hot,
      y,,"[""a""]",7,"[{""role"":""user"",""content"":""q""}]",0.5,2
      """
    #expect(
      try reader(text).allLines().map(\.text) == [
        #"{"prompt":"x","max_tokens":5,"stop":"end","custom_id":null,"messages":null,"temperature":"hot","n":null}"#,
        #"{"prompt":"y","max_tokens":null,"stop":["a"],"custom_id":"7","messages":[{"role":"user","content":"q"}],"temperature":0.5,"n":2}"#,
      ])
  }

  @Test("Turns are lists where no other column is a prompt, and else a cell like any other")
  func turns() throws {
    #expect(
      try reader("turns,id\n\"[\"\"a\"\",\"\"b\"\"]\",1").allLines().map(\.text)
        == [#"{"turns":["a","b"],"id":"1"}"#])
    #expect(try reader("turns,prompt\n3,x").allLines().map(\.text) == [#"{"turns":"3","prompt":"x"}"#])
  }

  @Test("Mapped columns have to be there")
  func mapped() throws {
    let there = try reader("q,k\n1,2", map: ["prompt": "q", "max_tokens": "k"])
    #expect(try there.allLines().map(\.text) == [#"{"q":"1","k":2}"#])
    let missing = try reader("q,k\n1,2", map: ["prompt": "question"])
    #expect(try missing.allLines().isEmpty)
    #expect(missing.failure?.description.contains("no column \"question\"") == true)
  }

  @Test("A hundred thousand cells and quotes without end take memory of one row")
  func hugeRows() throws {
    let commas = String(repeating: ",", count: 100_000)
    let rows = try reader("prompt,b\n\(commas)\nx,y\n").allLines()
    #expect(rows.map { $0.text.prefix(36) }.first == "invalid_row: row 1: found 100001 cel")
    #expect(rows.last?.text == #"{"prompt":"x","b":"y"}"#)
  }
}
