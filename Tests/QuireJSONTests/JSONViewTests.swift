import QuireJSON
import Testing

@Suite("JSON as a view")
struct JSONViewTests {
  private func view(_ text: String) throws -> JSONView { try JSONView(validating: Array(text.utf8)) }

  @Test("a key that stands twice is found wherever it is, among few and among many")
  func repeatedKeyAmongMany() throws {
    for count in [1, 2, 15, 16, 17, 18, 40] {
      let members = (0..<count).map { "\"k\($0)\":\($0)" }
      func read(_ members: [String]) throws -> Int {
        try view("{\(members.joined(separator: ","))}").distinctMembers(atMost: 99).count
      }
      #expect(try read(members) == count)
      for repeated in 0..<count {
        #expect(throws: JSONMembersError.repeatedKey("k\(repeated)")) {
          try read(members + [members[repeated]])
        }
      }
    }
  }

  @Test("members keep their order, their bytes and the text of their keys")
  func members() throws {
    let text = #" { "b" : [1, {"x":"]}"} ] , "\u00e9" : 1.0 ,"":"\\\"","e":-0e2 } "#
    let members = try view(text).distinctMembers(atMost: 4)
    #expect(members.map(\.key) == ["b", "é", "", "e"])
    #expect(
      members.map { String(decoding: $0.rawKey, as: UTF8.self) } == [#""b""#, #""\u00e9""#, #""""#, #""e""#])
    let values = members.map { String(decoding: $0.value.raw, as: UTF8.self) }
    #expect(values == [#"[1, {"x":"]}"} ]"#, "1.0", #""\\\"""#, "-0e2"])
    #expect(members.map(\.value.kind) == [.array, .number, .string, .number])
  }

  @Test("a key that stands twice is an error, however it is spelt; two accents are two keys")
  func repeatedKeys() throws {
    #expect(throws: JSONMembersError.repeatedKey("ab")) {
      try view(#"{"ab":1,"\u0061b":2}"#).distinctMembers(atMost: 9)
    }
    #expect(try view(#"{"\u00e9":1,"e\u0301":2}"#).distinctMembers(atMost: 9).count == 2)
  }

  @Test("a key that is longer than any name is shortened, told apart by all of it, and carried as typed")
  func longKeys() throws {
    let accents = "a" + String(repeating: "\u{301}", count: 1000)
    let members = try view("{\"\(accents)1\":1,\"\(accents)2\":2}").distinctMembers(atMost: 9)
    #expect(members.allSatisfy { $0.isKeyCut && $0.key.utf8.count < 300 && $0.key.hasSuffix("…") })
    #expect(members[1].rawKey.elementsEqual("\"\(accents)2\"".utf8))
    #expect(
      try !view(#"{"\#(String(repeating: "k", count: 256))":1}"#).distinctMembers(atMost: 9)[0].isKeyCut)
    #expect(try view("\"\(accents)\"").name.utf8.count < 300 && view(#""POST""#).name == "POST")
  }

  @Test("more keys than are taken are an error")
  func tooManyKeys() throws {
    #expect(throws: JSONMembersError.tooManyKeys(limit: 1)) {
      try view(#"{"a":1,"b":2}"#).distinctMembers(atMost: 1)
    }
  }

  @Test(
    "elements come in order with their bytes", arguments: ["[]", "[ ]", #"[1,"a,]" , [2,3],{"b":[]},null]"#])
  func elements(text: String) throws {
    var elements: [String] = []
    let array = try view(text)
    array.forEachElement { index, element in
      #expect(index == elements.count)
      elements.append(element.lexeme)
    }
    #expect(elements == (array.isEmptyContainer ? [] : ["1", #""a,]""#, "[2,3]", #"{"b":[]}"#, "null"]))
  }

  @Test(
    "strings are decoded as JSON says",
    arguments: [
      (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{C}\n\r\t"), (#""\u4f60\u597D""#, "你好"),
      (#""\ud83d\uDE00""#, "😀"), (#""\u0000""#, "\0"), ("\"😀\"", "😀"), ("\"\"", ""),
    ])
  func strings(text: String, decoded: String) throws {
    #expect(try view(text).decodedString == decoded)
  }

  @Test("an excerpt of a long value is short and whole characters")
  func excerpts() throws {
    let view = try view("\"\(String(repeating: "语", count: 1000))\"")
    #expect(view.excerpt.unicodeScalars.count == 58)
    #expect(!view.excerpt.contains("\u{FFFD}"))
  }
}
