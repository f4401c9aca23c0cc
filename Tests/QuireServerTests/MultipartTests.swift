import Testing

@testable import QuireServer

@Suite("Forms with files")
struct MultipartTests {
  private static let contentType = "multipart/form-data; boundary=\"b o\""
  private static let form = [
    "preamble, which is skipped\r\n--b o\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n",
    "--b o\r\ncontent-type: text/plain\r\nCONTENT-DISPOSITION:form-data;name=file; filename=\"a\\\"b;c\\d.jsonl\"\r\n\r\n",
    "line\r\n--b \r\n--b\n--b o, a boundary in a line\r\n\r\n\r\n--b o\r\n",
    "Content-Disposition: form-data; name=empty\r\n\r\n\r\n--b o--\r\nepilogue --b o\r\n",
  ].joined()

  /// What the parts are, cut at any place.
  private func read(
    _ pieces: [ArraySlice<UInt8>], type: String = MultipartTests.contentType
  ) throws -> [String] {
    var reader = try MultipartReader(contentType: type)
    var found: [String] = []
    for piece in pieces {
      for event in try reader.take(Array(piece)) {
        switch event {
        case .begin(let part): found.append("\(part.name) \(part.filename ?? "-") ")
        case .bytes(let bytes): found[found.count - 1] += String(decoding: bytes, as: UTF8.self)
        case .end: found[found.count - 1] += "."
        }
      }
    }
    try reader.finish()
    return found
  }

  @Test("a form is the same wherever it is cut")
  func cuts() throws {
    let bytes = Array(Self.form.utf8)
    let expected = [
      "purpose - batch.",
      "file a\"b;c\\d.jsonl line\r\n--b \r\n--b\n--b o, a boundary in a line\r\n\r\n.", "empty - .",
    ]
    for cut in bytes.indices {
      let found = try read([bytes[..<cut], bytes[cut...]])
      #expect(found == expected, "cut at \(cut)")
    }
    #expect(try read(bytes.indices.map { bytes[$0...$0] }) == expected)
  }

  @Test("a form that is cut short is refused at every byte")
  func torn() {
    let bytes = Array(Self.form.utf8)
    let end = Self.form.utf8.count - "\r\nepilogue --b o\r\n".utf8.count
    for count in 0..<end { #expect(throws: HTTPError.self) { try read([bytes[..<count]]) } }
  }

  @Test(
    "what is no form is refused",
    arguments: [
      ("application/json", "", 415), ("multipart/form-data", "", 400),
      ("multipart/mixed; boundary=a", "", 415),
      ("multipart/form-data; boundary=" + String(repeating: "a", count: 71), "", 400),
      ("multipart/form-data; boundary=a", "--a\r\n\r\n\r\nx\r\n--a--", 400),
      (
        "multipart/form-data; boundary=a", "--a\r\nContent-Disposition: attachment; name=x\r\n\r\n\r\n--a--",
        400
      ),
      ("multipart/form-data; boundary=a", "--ab\r\n", 400),
      ("multipart/form-data; boundary=a", "--a\r\n" + String(repeating: "x", count: 17_000), 400),
      (
        "multipart/form-data; boundary=a",
        String(repeating: "--a\r\nContent-Disposition: form-data; name=x\r\n\r\n\r\n", count: 65), 400
      ),
    ])
  func refusals(type: String, body: String, status: Int) {
    let error = #expect(throws: HTTPError.self) { try read([Array(body.utf8)[...]], type: type) }
    #expect(error?.status.rawValue == status)
  }

  @Test("a gigabyte without a boundary holds no memory, and is passed on as it comes")
  func bounded() throws {
    var reader = try MultipartReader(contentType: "multipart/form-data; boundary=a")
    _ = try reader.take(Array("--a\r\nContent-Disposition: form-data; name=file\r\n\r\n".utf8))
    let chunk = [UInt8](repeating: 0x0D, count: 1 << 16)
    var count = 0
    for _ in 0..<64 {
      for case .bytes(let bytes) in try reader.take(chunk) { count += bytes.count }
    }
    #expect(64 * chunk.count - count < 8)
  }
}
