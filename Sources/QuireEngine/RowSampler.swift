package import QuireModels
package import QuirePlatform
import QuireRequests
package import QuireSampling
import Synchronization

/// Samplers for rows of logits, which are shared out among the threads: what becomes of a row depends on it alone.
package final class RowSampler {
  private let team: ThreadTeam
  /// Samplers that no thread uses, as many as there are threads at first; a thread takes one for a row and
  /// gives it back.
  private let idle: Mutex<[ThreadSampler]>

  /// Samplers for a vocabulary, one for each thread of the team.
  package init(vocabularySize: Int, team: ThreadTeam) {
    self.team = team
    idle = Mutex((0..<team.threadCount).map { _ in ThreadSampler(vocabularySize: vocabularySize) })
  }

  /// Calls `body` with each row of `logits`, its index and a sampler that nobody else uses meanwhile, on any thread and
  /// in any order; when it returns all calls have.
  package func forEachRow(
    of logits: Logits, _ body: (ThreadSampler, Int, UnsafeMutableBufferPointer<Float>) -> Void
  ) {
    forEach(logits.rowCount) { sampler, row in body(sampler, row, logits.row(row)) }
  }

  /// Calls `body` with each number below `count` and a sampler, in the same way.
  func forEach(_ count: Int, _ body: (ThreadSampler, Int) -> Void) {
    team.run(chunkCount: count) { index in
      guard let sampler = idle.withLock({ $0.popLast() }) else {
        preconditionFailure("more threads than samplers")
      }
      body(sampler, index)
      idle.withLock { $0.append(sampler) }
    }
  }
}

/// A sampler that one thread uses at a time.
package final class ThreadSampler: @unchecked Sendable {
  private var sampler: Sampler

  init(vocabularySize: Int) {
    sampler = Sampler(vocabularySize: vocabularySize)
  }

  /// Draws one token from a row of logits, which is destroyed, as `Sampler.draw` does.
  package func draw(
    _ logits: UnsafeMutableBufferPointer<Float>, _ state: SamplingState
  ) -> Result<Draw, SamplingError> {
    Result { () throws(SamplingError) in try sampler.draw(logits, state) }
  }

  /// One draw for each state from the same row; the first that fails fails all.
  func draw(
    _ logits: UnsafeMutableBufferPointer<Float>, _ states: [SamplingState]
  ) -> Result<[Draw], SamplingError> {
    // A draw destroys its row.
    let untouched = Array(logits)
    return Result { () throws(SamplingError) in
      var draws: [Draw] = []
      for state in states {
        _ = logits.update(fromContentsOf: untouched)
        draws.append(try sampler.draw(logits, state))
      }
      return draws
    }
  }

  /// `Sampler.beamCandidates`.
  func beamCandidates(
    _ logits: UnsafeMutableBufferPointer<Float>, _ state: SamplingState, count: Int
  ) -> Result<[BeamCandidate], SamplingError> {
    Result { () throws(SamplingError) in try sampler.beamCandidates(logits, state, count: count) }
  }

  /// `Sampler.scores`.
  func scores(
    _ logits: UnsafeMutableBufferPointer<Float>, tokens: [Int32], count: Int
  ) -> Result<[PositionLogprobs], SamplingError> {
    Result { () throws(SamplingError) in try sampler.scores(logits, tokens: tokens, count: count) }
  }
}
