import Testing

@testable import QuireDigests

@Suite struct DigestTests {
  @Test(
    "SHA-256 gives the published digests, and hashlib's of texts around a block, in any number of pieces",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (String(repeating: "a", count: 55), "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"),
      (String(repeating: "a", count: 64), "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"),
    ])
  func sha256(text: String, expected: String) {
    for size in [1, 63, 64, 65, 1000] {
      for usesInstructions in Set([false, SHA256.hasInstructions]) {
        var hash = SHA256(usesInstructions: usesInstructions)
        for piece in pieces(text, size) { hash.update(piece) }
        #expect(Hexadecimal.text(hash.digest()) == expected, "pieces of \(size) bytes, \(usesInstructions)")
      }
    }
  }

  @Test("the processor's instructions for SHA-256 give what the words give, at every length and alignment")
  func twins() {
    var state: UInt32 = 1
    let bytes = (0..<4096).map { _ -> UInt8 in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(truncatingIfNeeded: state >> 24)
    }
    for length in Array(0..<200) + [1023, 4000] {
      let text = bytes[(length % 7)..<(length % 7 + length)]
      let digests = Set([false, SHA256.hasInstructions]).map { usesInstructions in
        var hash = SHA256(usesInstructions: usesInstructions)
        hash.update(text)
        return hash.digest()
      }
      #expect(Set(digests).count == 1, "\(length) bytes")
    }
  }

  @Test(
    "SHA-1 gives the published digests, and hashlib's of texts around a block, in any number of pieces",
    arguments: [
      ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
      ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
      (String(repeating: "a", count: 55), "c1c8bbdc22796e28c0e15163d20899b65621d65a"),
      (String(repeating: "a", count: 64), "0098ba824b5c16427bd7a1122a5a442a25ec644d"),
      (String(repeating: "a", count: 1000), "291e9a6c66994949b57ba5e650361e98fc36b1ba"),
    ])
  func sha1(text: String, expected: String) {
    for size in [1, 63, 64, 65, 1000] {
      var hash = SHA1()
      for piece in pieces(text, size) { hash.update(piece) }
      #expect(Hexadecimal.text(hash.digest()) == expected, "pieces of \(size) bytes")
    }
  }

  private func pieces(_ text: String, _ size: Int) -> [ArraySlice<UInt8>] {
    let bytes = Array(text.utf8)
    return stride(from: 0, to: bytes.count, by: size).map { bytes[$0..<min($0 + size, bytes.count)] }
  }
}
