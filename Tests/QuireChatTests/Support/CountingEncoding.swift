import QuireRequests
import Synchronization

@testable import QuireChat

/// The ChatML test tokenizer, counting the bytes that it encodes.
final class CountingEncoding: ChatTokenEncoding {
  private let byteCount = Atomic(0)
  private let base = TestEncoding.chatml

  /// All bytes encoded so far.
  var encodedByteCount: Int { byteCount.load(ordering: .relaxed) }

  func encodePlain(_ text: String, beginsText: Bool = false) -> [Int32] {
    byteCount.add(text.utf8.count, ordering: .relaxed)
    return base.encodePlain(text)
  }

  func encode(_ text: String, trusting ranges: [Range<Int>], guarding guardedIDs: Set<Int32>) -> [Int32] {
    byteCount.add(text.utf8.count, ordering: .relaxed)
    return base.encode(text, trusting: ranges, guarding: guardedIDs)
  }

  func addedTokenIDs(in text: String) -> Set<Int32> { base.addedTokenIDs(in: text) }
  func leastTokenCount(_ text: String) -> Int { base.leastTokenCount(text) }
  func bytes(of id: Int32) -> [UInt8] { base.bytes(of: id) }
  func tokenText(_ id: Int32) -> String { base.tokenText(id) }
  func specialTokenID(_ text: String) -> Int32? { base.specialTokenID(text) }
  func isSpecial(_ id: Int32) -> Bool { true }
  var bosTokenID: Int32? { base.bosTokenID }
  var eosTokenID: Int32? { base.eosTokenID }
}
