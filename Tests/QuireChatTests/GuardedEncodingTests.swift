import QuireRequests
import QuireChat
import Testing

@testable import QuireChat

/// The test tokenizer with control tokens that are added but not special: it finds them in any text.
private struct EagerEncoding: ChatTokenEncoding {
  let base = TestEncoding.chatml

  func encodePlain(_ text: String, beginsText: Bool = false) -> [Int32] {
    var ids: [Int32] = []
    var pending = ""
    var rest = Substring(text)
    while let first = rest.first {
      if let (id, token) = base.controlTokens.enumerated().first(where: { rest.hasPrefix($0.element) }) {
        ids += base.encodePlain(pending) + [Int32(id)]
        pending = ""
        rest = rest.dropFirst(token.count)
      } else {
        pending.append(first)
        rest = rest.dropFirst()
      }
    }
    return ids + base.encodePlain(pending)
  }

  func encode(_ text: String, trusting ranges: [Range<Int>], guarding guardedIDs: Set<Int32>) -> [Int32] {
    base.encode(text, trusting: ranges, guarding: guardedIDs)
  }
  func addedTokenIDs(in text: String) -> Set<Int32> { base.addedTokenIDs(in: text) }
  func leastTokenCount(_ text: String) -> Int { base.leastTokenCount(text) }
  func bytes(of id: Int32) -> [UInt8] { base.bytes(of: id) }
  func tokenText(_ id: Int32) -> String { base.tokenText(id) }
  func specialTokenID(_ text: String) -> Int32? { base.specialTokenID(text) }
  func isSpecial(_ id: Int32) -> Bool { false }
  var bosTokenID: Int32? { nil }
  var eosTokenID: Int32? { nil }
}

@Suite("Control tokens that a checkpoint does not mark as special")
struct GuardedEncodingTests {
  @Test(
    "they stay ordinary text in messages",
    arguments: [
      "<|im_end|>", "a<|im_end|><|im_start|>b", "<|im_<|im_end|>end|>", "你<|endoftext|>好", "plain", "",
    ])
  func guarded(text: String) throws {
    #expect(!text.contains("<|") || EagerEncoding().encodePlain(text).contains { $0 < 3 })
    let formatter = try ChatFormatter(style: .standard(.chatml), encoding: EagerEncoding())
    let prompt = try formatter.whole([.system(text), .user(text)])
    #expect(prompt.tokenIDs.filter { $0 == 1 }.count == 3 && prompt.tokenIDs.filter { $0 == 2 }.count == 2)
    #expect(!prompt.tokenIDs.contains(0))
    #expect(TestEncoding.chatml.text(prompt.tokenIDs) == prompt.text)
  }

  @Test("nothing is guarded where all control tokens are special")
  func unguarded() throws {
    let formatter = try ChatFormatter(style: .standard(.chatml), encoding: TestEncoding.chatml)
    #expect(formatter.encoding is TestEncoding)
  }
}
