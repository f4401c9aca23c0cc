import QuireRequests

/// The longest text that is encoded for a prompt.
///
/// A prompt that is cut may be any length before, and encoding takes up to 40 bytes of memory a byte: this much takes 300
/// MiB and a few seconds. No model sees so much, unless its tokens stand for long runs of white space.
package enum TextBound {
  /// Bytes of UTF-8 of all that goes into one prompt.
  package static let byteCount = 8 << 20

  /// Throws `ChatError.textTooLong` for more bytes than that.
  static func check(_ byteCount: Int) throws(ChatError) {
    if byteCount > Self.byteCount { throw .textTooLong(byteCount: byteCount) }
  }

  /// The bytes of the texts that messages bring.
  static func byteCount(of messages: some Sequence<ChatMessage>) -> Int {
    messages.reduce(0) { sum, message in
      let fieldBytes = message.fields.reduce(0) { $0 + $1.key.utf8.count + $1.value.text.utf8.count }
      return sum + message.content.utf8.count + (message.reasoning?.utf8.count ?? 0)
        + (message.name?.utf8.count ?? 0) + fieldBytes
    }
  }
}
