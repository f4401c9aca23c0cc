import QuireDigests
import Synchronization

/// What stands in an input, shards that others answer included: how many lines, and a digest of them all.
package final class InputCensus: Sendable {
  /// What was counted.
  package struct Total: Equatable, Sendable {
    /// Lines that are to be answered by some shard.
    package var lineCount: Int
    /// The SHA-256 of each line's place (eight bytes, most significant first) and content (16), 64 hexadecimal digits.
    package var sha256: String

    /// A total; each argument is the property of its name.
    package init(lineCount: Int, sha256: String) {
      self.lineCount = lineCount
      self.sha256 = sha256
    }
  }

  private let state = Mutex((lineCount: 0, hash: SHA256()))

  /// A census of no lines.
  package init() {}

  /// Counts a line; lines come in the order of the input.
  func add(_ content: LineKey, index: Int) {
    state.withLock { state in
      state.lineCount += 1
      state.hash.update(UInt64(index))
      state.hash.update(UInt64(content.words[0]) << 32 | UInt64(content.words[1]))
      state.hash.update(UInt64(content.words[2]) << 32 | UInt64(content.words[3]))
    }
  }

  /// What has been counted so far.
  package var total: Total {
    let (lineCount, hash) = state.withLock { ($0.lineCount, $0.hash) }
    return Total(lineCount: lineCount, sha256: Hexadecimal.text(hash.digest()))
  }
}
