import QuireRequests
import Testing

@Suite struct RequestKeyTests {
  @Test(
    "SHA-256 gives the digests of FIPS 180-4's examples, whole and in pieces of any size",
    arguments: [
      ("", [0xe3b0_c442, 0x98fc_1c14]), ("abc", [0xba78_16bf, 0x8f01_cfea]),
      ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", [0x248d_6a61, 0xd206_38b8]),
      (String(repeating: "a", count: 1_000), [0x41ed_ece4, 0x2d63_e8d9]),
    ] as [(String, [UInt32])])
  func digests(text: String, start: [UInt32]) {
    var whole = SHA256()
    whole.update(text.utf8)
    #expect(Array(whole.digest().prefix(2)) == start)
    for size in [1, 3, 63, 64, 65, 129] {
      var pieces = SHA256()
      let bytes = Array(text.utf8)
      for start in stride(from: 0, to: bytes.count, by: size) {
        pieces.update(bytes[start..<min(start + size, bytes.count)])
      }
      #expect(pieces.digest() == whole.digest(), "pieces of \(size) bytes")
    }
  }

  @Test("A request's key is made of kind, name, seed and place, as hashlib computes it")
  func randomKeys() {
    #expect(RequestKey(id: "x").randomKey(runSeed: 0) == 0x3f440f731ac88234)
    #expect(RequestKey(numericID: "1").randomKey(runSeed: 7) == 0xc8f4fac89c7ff449)
    let content = #"{"prompt":"a"}"#
    #expect(
      RequestKey(content: content.utf8).randomKey(runSeed: -1, occurrence: 2) == 0xeb168d1f6ad144f4)
  }
}
