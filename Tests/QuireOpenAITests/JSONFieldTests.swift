import QuireRequests
import QuireJSON
import QuireOpenAI
import Testing

@Suite("Fields of lines") struct JSONFieldTests {
  @Test("a key that stands twice is an error, however it is spelt")
  func duplicateKeys() throws {
    let view = try JSONView(validating: Array(#"{"ab":1,"\u0061b":2}"#.utf8))
    let error = #expect(throws: InputError.self) { try view.members() }
    #expect(error?.code == .duplicateKey)
  }

  @Test("integers are exact to 64 bits and refused beyond")
  func integers() throws {
    func integer(_ text: String) throws -> Int64 { try JSONView(validating: Array(text.utf8)).integer("n") }
    #expect(try integer("9223372036854775807") == .max)
    #expect(try integer("-9223372036854775808") == .min)
    #expect(try integer("-0") == 0)
    for (text, value) in [
      ("64.0", 64), ("1e3", 1000), ("-6.40E1", -64), ("0.0", 0), ("-0e9", 0), ("120e-1", 12),
      ("0e-99999999999999999999", 0),
      ("9007199254740993.0", 9_007_199_254_740_993), ("9223372036854775807.000", .max),
    ] as [(String, Int64)] {
      #expect(try integer(text) == value, "\(text)")
    }
    for text in [
      "9223372036854775808", "64.5", "1e-3", "\"1\"", "true", "null", "922337203685477580.8e1",
      "1e99999999999999999999",
      "1e9223372036854775807", "1e-9223372036854775808",
      "1e-99999999999999999999",
    ] {
      let error = #expect(throws: InputError.self) { try integer(text) }
      #expect(error?.message.hasPrefix("n: found \(text), expected an integer") == true)
    }
  }

  @Test("numbers are doubles, and those beyond their range are refused")
  func doubles() throws {
    func double(_ text: String) throws -> Double { try JSONView(validating: Array(text.utf8)).double("t") }
    #expect(try double("0.1") == 0.1)
    #expect(try double("-0") == 0)
    #expect(try double("1e-400") == 0)
    #expect(throws: InputError.self) { try double("1e400") }
    #expect(throws: InputError.self) { try double("-1e400") }
  }
}
