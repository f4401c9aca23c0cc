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

  private struct Answer {
    let output: RequestOutput
    /// Those before it, where lines ask for several.
    let earlier: [RequestOutput]
    let byteCount: Int
  }

  private struct State {
    /// Lines that wait for the answers of one that is computed.
    var followers: [RequestDigest: [LineUnderWay]] = [:]
    /// Answers of the latest requests.
    var answers: [RequestDigest: Answer] = [:]
    /// Their digests, oldest first, from `oldest` on.
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
      if let known = state.answers[digest] {
        return .known(
          ClosedLine(line: line(), earlier: known.earlier, outcome: .finished(.success(known.output))))
      }
      guard state.followers[digest] != nil else {
        state.followers[digest] = []
        return .leads
      }
      let follower = line()
      state.followers[digest]!.append(follower)
      return .follows(follower)
    }
  }

  /// Ends the work on a line that leads, and returns those that follow it. An error is no answer for later lines.
  func finish(_ digest: RequestDigest, _ closed: ClosedLine) -> [LineUnderWay] {
    state.withLock { state in
      if case .finished(.success(let output)) = closed.outcome {
        keep(output, closed.earlier, digest, in: &state)
      }
      return state.followers.removeValue(forKey: digest) ?? []
    }
  }

  private func keep(
    _ output: RequestOutput, _ earlier: [RequestOutput], _ digest: RequestDigest, in state: inout State
  ) {
    let answer = Answer(
      output: output, earlier: earlier,
      byteCount: earlier.reduce(output.keptByteCount) { $0 + $1.keptByteCount })
    guard answer.byteCount <= byteLimit / 8 else { return }
    state.byteCount += answer.byteCount
    state.ages.append(digest)
    state.answers[digest] = answer
    while state.byteCount > byteLimit {
      if let old = state.answers.removeValue(forKey: state.ages[state.oldest]) {
        state.byteCount -= old.byteCount
      }
      state.oldest += 1
    }
    guard state.oldest > state.ages.count / 2 else { return }
    state.ages.removeFirst(state.oldest)
    state.oldest = 0
  }
}

extension RequestOutput {
  /// What an answer takes in memory, roughly.
  var keptByteCount: Int {
    let entryByteCount = MemoryLayout<TokenLogprob>.stride + 16
    var count = 512 + 4 * promptTokenIDs.count
    for output in outputs {
      count += 128 + output.text.utf8.count + (output.reasoning?.utf8.count ?? 0) + 4 * output.tokenIDs.count
      for position in output.logprobs ?? [] { count += 32 + entryByteCount * position.count }
    }
    for position in promptLogprobs ?? [] { count += 32 + entryByteCount * (position?.count ?? 0) }
    return count
  }
}
