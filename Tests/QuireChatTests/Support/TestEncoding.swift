import QuireRequests
@testable import QuireChat

/// A small deterministic tokenizer: runs of up to three ASCII letters, spaces or line feeds are tokens, all other
/// bytes a token each, so that a Chinese character takes three and line feeds that meet take fewer.
///
/// An id holds its token's bytes: the count in bits 24 and up, the bytes below. Control tokens are small ids.
struct TestEncoding: ChatTokenEncoding {
  var controlTokens: [String]
  var bos: String?
  var eos: String?

  static let chatml = TestEncoding(
    controlTokens: ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], bos: nil, eos: "<|im_end|>")

  static let everything = TestEncoding(
    controlTokens: [
      "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|begin_of_text|>", "<|end_of_text|>", "<|eom_id|>",
      "<|eot_id|>",
      "<|start_header_id|>", "<|end_header_id|>", "<start_of_turn>", "<end_of_turn>", "<bos>", "<eos>", "<s>",
      "</s>",
      "[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]",
    ], bos: nil, eos: nil)

  func with(bos: String?, eos: String?) -> TestEncoding {
    TestEncoding(controlTokens: controlTokens, bos: bos, eos: eos)
  }

  func without(_ token: String) -> TestEncoding {
    TestEncoding(controlTokens: controlTokens.filter { $0 != token }, bos: bos, eos: eos)
  }

  private static func kind(_ byte: UInt8) -> UInt8 {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): 1
    case UInt8(ascii: " "): 2
    case UInt8(ascii: "\n"): 3
    default: 0
    }
  }

  func encodePlain(_ text: String, beginsText: Bool = false) -> [Int32] {
    let bytes = Array(text.utf8)
    var ids: [Int32] = []
    var start = 0
    while start < bytes.count {
      var end = start + 1
      let kind = TestEncoding.kind(bytes[start])
      while kind != 0 && end < bytes.count && end - start < 3 && TestEncoding.kind(bytes[end]) == kind {
        end += 1
      }
      var id = Int32(end - start) << 24
      for (place, byte) in bytes[start..<end].enumerated() { id |= Int32(byte) << Int32(8 * place) }
      ids.append(id)
      start = end
    }
    return ids
  }

  func encode(_ text: String, trusting ranges: [Range<Int>], guarding guardedIDs: Set<Int32>) -> [Int32] {
    let bytes = Array(text.utf8)
    var isTrusted = [Bool](repeating: false, count: bytes.count)
    for range in ranges { for place in range { isTrusted[place] = true } }
    var ids: [Int32] = []
    var pending: [UInt8] = []
    var place = 0
    while place < bytes.count {
      let found = controlTokens.enumerated().filter { _, token in
        let end = place + token.utf8.count
        return end <= bytes.count && bytes[place..<end].elementsEqual(token.utf8)
          && isTrusted[place..<end].allSatisfy { $0 }
      }.max { $0.element.utf8.count < $1.element.utf8.count }
      if let found {
        ids += encodePlain(String(decoding: pending, as: UTF8.self)) + [Int32(found.offset)]
        pending.removeAll()
        place += found.element.utf8.count
      } else {
        pending.append(bytes[place])
        place += 1
      }
    }
    return ids + encodePlain(String(decoding: pending, as: UTF8.self))
  }

  func addedTokenIDs(in text: String) -> Set<Int32> {
    Set(controlTokens.indices.filter { text.contains(controlTokens[$0]) }.map(Int32.init))
  }

  func leastTokenCount(_ text: String) -> Int { text.utf8.count / 32 }

  func bytes(of id: Int32) -> [UInt8] {
    (0..<(id >> 24)).map { UInt8(truncatingIfNeeded: id >> (8 * $0)) }
  }

  func tokenText(_ id: Int32) -> String {
    id >> 24 == 0 ? controlTokens[Int(id)] : String(decoding: bytes(of: id), as: UTF8.self)
  }

  func specialTokenID(_ text: String) -> Int32? { controlTokens.firstIndex(of: text).map(Int32.init) }

  func isSpecial(_ id: Int32) -> Bool { id >> 24 == 0 }

  var bosTokenID: Int32? { bos.flatMap(specialTokenID) }
  var eosTokenID: Int32? { eos.flatMap(specialTokenID) }

  /// The text of `ids`, control tokens written out.
  func text(_ ids: [Int32]) -> String {
    var bytes: [UInt8] = []
    for id in ids { bytes += id >> 24 == 0 ? Array(tokenText(id).utf8) : self.bytes(of: id) }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension ChatFormatter {
  /// A ChatML formatter over the test tokenizer.
  static func chatml(defaultSystem: String? = nil) -> ChatFormatter {
    var style = ChatStyle.standard(.chatml)
    style.defaultSystem = defaultSystem
    return try! ChatFormatter(style: style, encoding: TestEncoding.chatml)
  }

  /// The prompt without a budget.
  func whole(_ messages: [ChatMessage]) throws -> ChatPrompt {
    try prompt(for: messages, tokenBudget: nil, cut: .allowed)
  }
}
