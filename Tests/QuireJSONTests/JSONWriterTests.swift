import QuireJSON
import Testing

@Suite("JSON writer")
struct JSONWriterTests {
  @Test("A string escapes quotes, backslashes and control characters, and nothing else")
  func escapes() {
    var writer = JSONWriter()
    writer.string("a\"b\\c\n\r\t\u{8}\u{1F}\u{7F}é</π>")
    #expect(writer.text == #""a\"b\\c\n\r\t\u0008\u001f"# + "\u{7F}é</π>\"")
  }

  @Test("Every string comes back from the reader as it was", arguments: [false, true])
  func roundTrip(escapesLessThan: Bool) throws {
    let text = String(String.UnicodeScalarView((0..<0x2100).compactMap(Unicode.Scalar.init)))
    var writer = JSONWriter(escapesLessThan: escapesLessThan)
    writer.string(text)
    #expect(try JSONView(validating: writer.bytes).decodedString.utf8.elementsEqual(text.utf8))
    #expect(writer.bytes.contains(UInt8(ascii: "<")) != escapesLessThan)
  }

  @Test("Numbers are the shortest that read back the same, minus infinity is -9999.0")
  func numbers() {
    var writer = JSONWriter()
    writer.array([0.1, 1, 1e300, -0.0, -.infinity]) { $0.number($1) }
    #expect(writer.text == "[0.1,1.0,1e+300,-0.0,-9999.0]")
    writer = JSONWriter()
    writer.array([0.1, -.infinity] as [Float]) { $0.number($1) }
    #expect(writer.text == "[0.1,-9999.0]")
    writer = JSONWriter()
    writer.integer(Int64.min)
    #expect(writer.text == "-9223372036854775808")
  }

  @Test("Members keep their order, and nil is null")
  func members() {
    var writer = JSONWriter()
    writer.object { object in
      object.member("b", 1)
      object.member("a", nil as String?)
      object.member("c", "x")
      object.member("d", true)
      object.member("e", 0.5)
      object.textKey("\"")
      object.array([]) { (_, _: Int) in }
      object.carried(key: Array(#""k""#.utf8)[...], value: Array("1.50".utf8)[...])
    }
    #expect(writer.text == #"{"b":1,"a":null,"c":"x","d":true,"e":0.5,"\"":[],"k":1.50}"#)
  }

  @Test("A line break stands behind the comma, and before a closing bracket")
  func lines() {
    var writer = JSONWriter()
    writer.beginArray()
    for number in 1...2 {
      writer.breakLine(indentation: 1)
      writer.integer(number)
    }
    let first = writer.takeBytes()
    writer.breakLine()
    writer.endArray()
    writer.endLine()
    #expect(String(decoding: first, as: UTF8.self) == "[\n 1,\n 2")
    #expect(writer.text == "\n]\n")
  }

  @Test("A tree is written with its members in order")
  func tree() throws {
    let text = #"{"b":[1,-2.5,null,true,"\n"],"a":{"é":{}}}"#
    var writer = JSONWriter()
    writer.value(try JSONValue(parsing: Array(text.utf8), repeatedKeys: .refused))
    #expect(writer.text == text)
  }
}
