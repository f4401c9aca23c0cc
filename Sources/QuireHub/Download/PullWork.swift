import Synchronization

/// The files of one download, shared by the threads that fetch them.
final class PullWork: Sendable {
  private struct State {
    /// The next file to fetch.
    var next = 0
    var progress: PullProgress
    var failure: HubError?
  }

  /// The files, the largest first, so that no thread is left with the largest at the end.
  let files: [HubFile]
  private let state: Mutex<State>

  init(_ files: [HubFile]) {
    self.files = files.sorted { ($1.byteCount ?? .max, $0.path) < ($0.byteCount ?? .max, $1.path) }
    var progress = PullProgress(fileCount: files.count)
    for file in files {
      let (sum, overflow) = progress.totalByteCount.addingReportingOverflow(file.byteCount ?? 0)
      progress.totalByteCount = overflow ? Int.max : sum
    }
    state = Mutex(State(progress: progress))
  }

  /// Refuses a download that the disk cannot hold.
  func checkFreeSpace(_ store: any ModelStore) throws(HubError) {
    guard let free = DiskFolder.freeByteCount(store.root) else { return }
    var missing = 0
    for file in files {
      let rest = max(0, (file.byteCount ?? 0) - store.presentByteCount(file))
      let (sum, overflow) = missing.addingReportingOverflow(rest)
      missing = overflow ? Int.max : sum
    }
    guard missing > free else { return }
    throw HubError(
      .inputOutput,
      "\(store.root) has \(free) bytes of free space, and \(missing) are to be fetched; free some, or name another folder"
    )
  }

  /// Takes the next file; nil where none is left or one has failed.
  func next() -> HubFile? {
    state.withLock { state in
      guard state.failure == nil, state.next < files.count else { return nil }
      defer { state.next += 1 }
      return files[state.next]
    }
  }

  /// Counts bytes that are on the disk, below 0 where some were thrown away, and those of them that were fetched now.
  func count(_ byteCount: Int, isFetched: Bool) {
    state.withLock { state in
      state.progress.byteCount += byteCount
      if isFetched { state.progress.fetchedByteCount += byteCount }
    }
  }

  /// Counts a file that is in its place.
  func finishFile() { state.withLock { $0.progress.finishedFileCount += 1 } }

  /// Ends the download; the first failure is the one that is told.
  func fail(_ error: HubError) { state.withLock { $0.failure = $0.failure ?? error } }

  /// The first failure.
  var failure: HubError? { state.withLock { $0.failure } }
  /// Where the download stands.
  var progress: PullProgress { state.withLock { $0.progress } }
}
