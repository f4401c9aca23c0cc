#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

import QuirePlatform

/// The merge of a shared job, which has a lease as a range has.
extension RangeLeases {
  /// Where the merge stands for this process.
  enum MergeTurn: Equatable {
    /// This process does it.
    case own
    /// Another process does it.
    case others
    /// Another process has done it.
    case done(by: String)
  }

  /// Takes the lease of the merge, where nobody has it or its holder is dead.
  func takeMerge() throws(JobError) -> MergeTurn {
    do throws(IOError) {
      return try changing { state throws(SystemError) in
        try readLeases(&state)
        let lease = state.leases[WorkDirectory.mergeNumber]
        if case .done(let holder)? = lease { return .done(by: holder) }
        let own = WorkDirectory.Lease.held(by: directory.holder)
        guard let lease, isTakeable(lease, state),
          try directory.move(WorkDirectory.mergeNumber, from: lease, to: own)
        else { return .others }
        state.leases[WorkDirectory.mergeNumber] = own
        return .own
      }
    } catch {
      throw JobError(error, "")
    }
  }

  /// Takes the lease of a merge that is done; false where another process was faster.
  private func retakeMerge(from holder: String) throws(JobError) -> Bool {
    do throws(IOError) {
      return try changing { state throws(SystemError) in
        state.lastReading = nil
        return try directory.move(
          WorkDirectory.mergeNumber, from: .done(by: holder), to: .held(by: directory.holder))
      }
    } catch {
      throw JobError(error, "")
    }
  }

  /// Says that the merge is done, or gives its lease back. A process that lost the lease has made the same bytes.
  func endMerge(isDone: Bool) {
    let own = WorkDirectory.Lease.held(by: directory.holder)
    let new = isDone ? WorkDirectory.Lease.done(by: directory.holder) : .free
    _ = try? directory.move(WorkDirectory.mergeNumber, from: own, to: new)
    forgetReading()
  }

  /// Lets other processes get on.
  func pause() { poll(nil, 0, 50) }

  /// Merges the output, or waits until another process has; takes the merge over where that process dies.
  func merge(
    _ merge: WorkMerge, isInterrupted: () -> Bool, input: () throws(JobError) -> InputIdentities
  ) throws(JobError) -> SharedWork.End {
    while !isInterrupted() {
      switch try takeMerge() {
      case .own: break
      case .done(let holder):
        // An output that was taken away, or that this process alone was to write, is made again.
        guard FileIdentity(path: merge.output) == nil, try retakeMerge(from: holder) else {
          return .mergedByOther(holder)
        }
      case .others:
        pause()
        continue
      }
      let counts: LineCounts?
      do throws(JobError) {
        counts = try merge.run(against: try input(), isInterrupted: isInterrupted)
      } catch {
        endMerge(isDone: false)
        throw error
      }
      endMerge(isDone: counts != nil)
      if let counts {
        return .merged(answeredLineCount: counts.answeredLineCount, errorLineCount: counts.errorLineCount)
      }
    }
    return .interrupted
  }
}
