/// An encoding that never finds the control tokens of a chat format in plain text.
///
/// Some checkpoints mark `<|im_end|>` or `[INST]` as an added token that is not special, which tokenizers recognise in
/// any text. Text that holds such a marker is encoded in parts that end inside of the marker, so that it matches nowhere.
struct GuardedEncoding: ChatTokenEncoding {
  private let base: any ChatTokenEncoding
  private let markers: [[UInt8]]

  /// `base`, or a guard around it where one of `controlTokens` is not special.
  static func guarding(
    _ base: any ChatTokenEncoding, controlTokens: [(id: Int32, text: String)]
  ) -> any ChatTokenEncoding {
    let markers = controlTokens.filter { !base.isSpecial($0.id) && $0.text.utf8.count > 1 }
    return markers.isEmpty ? base : GuardedEncoding(base: base, markers: markers.map { Array($0.text.utf8) })
  }

  func encodePlain(_ text: String, beginsText: Bool) -> [Int32] {
    let bytes = Array(text.utf8)
    var ids: [Int32] = []
    var start = 0
    for offset in bytes.indices where markers.contains(where: { bytes[offset...].starts(with: $0) }) {
      // The first byte of a marker is ASCII, so that no character is torn.
      ids += base.encodePlain(
        String(decoding: bytes[start...offset], as: UTF8.self), beginsText: beginsText && start == 0)
      start = offset + 1
    }
    return start == 0
      ? base.encodePlain(text, beginsText: beginsText)
      : ids + base.encodePlain(String(decoding: bytes[start...], as: UTF8.self), beginsText: false)
  }

  func encode(_ text: String, trusting ranges: [Range<Int>], guarding guardedIDs: Set<Int32>) -> [Int32] {
    base.encode(text, trusting: ranges, guarding: guardedIDs)
  }

  func addedTokenIDs(in text: String) -> Set<Int32> { base.addedTokenIDs(in: text) }
  func leastTokenCount(_ text: String) -> Int { base.leastTokenCount(text) }
  func bytes(of id: Int32) -> [UInt8] { base.bytes(of: id) }
  func tokenText(_ id: Int32) -> String { base.tokenText(id) }
  func specialTokenID(_ text: String) -> Int32? { base.specialTokenID(text) }
  func isSpecial(_ id: Int32) -> Bool { base.isSpecial(id) }
  var bosTokenID: Int32? { base.bosTokenID }
  var eosTokenID: Int32? { base.eosTokenID }
}
