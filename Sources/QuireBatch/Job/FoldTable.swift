import QuireRequests
import Synchronization

/// Finds lines whose requests are equal to the last bit, so that one of them is computed and the others get its answers.
///
/// Between the thread that reads lines and the one that writes answers. Holds the lines under way, and the answers of the
/// latest equal requests up to a number of bytes. Constant time a line.
final class FoldTable: Sendable {
  /// What becomes of a line.
  enum Place {
    /// It is computed.
    case leads
    /// It is answered with an equal one that is under way.
    case follows(LineUnderWay)
    /// An equal one has been answered.
    case known(ClosedLine)
  }

  /// What is known of a request.
  private enum Entry {
    /// It is computed, and these lines wait for its answers.
    case underWay(followers: [LineUnderWay])
    /// Its answers, those before the last where lines ask for several, and what they take of the table's bytes.
    case answered(RequestOutput, earlier: [RequestOutput], byteCount: Int)
  }

  private struct State {
    var entries: [RequestDigest: Entry] = [:]
    /// The digests of the answered requests, oldest first, from `oldest` on.
    var ages: [RequestDigest] = []
    var oldest = 0
    var byteCount = 0
  }

  private let byteLimit: Int
  private let state = Mutex(State())

  /// - Parameter byteLimit: what the answers kept for later lines may take, roughly.
  init(byteLimit: Int = 16 << 20) { self.byteLimit = byteLimit }

  /// Places a line, whose end `finish` is to be told where it leads.
  /// - Parameter line: made where the line does not lead, without what the engine would need.
  func join(_ digest: RequestDigest, _ line: () -> LineUnderWay) -> Place {
    state.withLock { state in
      switch state.entries.updateValue(.underWay(followers: []), forKey: digest) {
      case nil: return .leads
      case .answered(let output, let earlier, let byteCount):
        state.entries[digest] = .answered(output, earlier: earlier, byteCount: byteCount)
        return .known(ClosedLine(line: line(), earlier: earlier, outcome: .finished(.success(output))))
      case .underWay(var followers):
        let follower = line()
        followers.append(follower)
        state.entries[digest] = .underWay(followers: followers)
        return .follows(follower)
      }
    }
  }

  /// Ends the work on a line that leads, and returns those that follow it. An error is no answer for later lines.
  func finish(_ digest: RequestDigest, _ closed: ClosedLine) -> [LineUnderWay] {
    state.withLock { state in
      let entry =
        if case .finished(.success(let output)) = closed.outcome {
          keep(output, closed.earlier, digest, in: &state)
        } else {
          state.entries.removeValue(forKey: digest)
        }
      guard case .underWay(let followers)? = entry else { return [] }
      return followers
    }
  }

  /// Keeps answers for later lines unless they are too large, and returns what was known of the request.
  private func keep(
    _ output: RequestOutput, _ earlier: [RequestOutput], _ digest: RequestDigest, in state: inout State
  ) -> Entry? {
    let byteCount = earlier.reduce(output.keptByteCount) { $0 + $1.keptByteCount }
    guard byteCount <= byteLimit / 8 else { return state.entries.removeValue(forKey: digest) }
    let entry = state.entries.updateValue(
      .answered(output, earlier: earlier, byteCount: byteCount), forKey: digest)
    state.byteCount += byteCount
    state.ages.append(digest)
    while state.byteCount > byteLimit {
      if case .answered(_, _, let byteCount)? = state.entries.removeValue(forKey: state.ages[state.oldest]) {
        state.byteCount -= byteCount
      }
      state.oldest += 1
    }
    if state.oldest > state.ages.count / 2 {
      state.ages.removeFirst(state.oldest)
      state.oldest = 0
    }
    return entry
  }
}

extension RequestOutput {
  /// What an answer takes in memory, roughly.
  var keptByteCount: Int {
    let entryByteCount = MemoryLayout<TokenLogprob>.stride + 16
    var count = 512 + 4 * promptTokenIDs.count + 4 * (pooled?.count ?? 0)
    for output in outputs {
      count += 128 + output.text.utf8.count + (output.reasoning?.utf8.count ?? 0) + 4 * output.tokenIDs.count
      for position in output.logprobs ?? [] { count += 32 + entryByteCount * position.count }
    }
    for score in scores ?? [] {
      count += 64 + 8 * score.tokenIDs.count
      for position in score.logprobs ?? [] { count += 32 + entryByteCount * position.count }
    }
    for position in promptLogprobs ?? [] { count += 32 + entryByteCount * (position?.count ?? 0) }
    return count
  }
}
