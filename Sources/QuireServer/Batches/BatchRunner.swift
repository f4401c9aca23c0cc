#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

import Dispatch
package import QuireBatch
import QuirePlatform
import Synchronization

/// Answers batches on a thread of its own, one at a time, the oldest first: each is a durable job in its folder, which goes
/// on where a server before this one stopped.
package final class BatchRunner: Sendable {
  private struct State {
    var isStopping = false
    var hasStarted = false
    /// Batches whose files could not be written, until when they are left alone.
    var postponed: [String: ContinuousClock.Instant] = [:]
    var lastSweep = ContinuousClock.now
  }

  /// How long a batch that found the disk full is left alone.
  private static let postponement = Duration.seconds(10)

  private let store: BatchStore
  private let job: BatchJob
  private let warn: @Sendable (String) -> Void
  private let state = Mutex(State())
  private let bell = DispatchSemaphore(value: 0)
  private let ended = DispatchGroup()

  /// - Parameters:
  ///   - job: what answers lines, without a grace period: the tokens of unfinished lines are kept.
  ///   - warn: told of batches that fail or wait for the disk.
  package init(_ store: BatchStore, _ job: BatchJob, warn: @escaping @Sendable (String) -> Void = { _ in }) {
    self.store = store
    self.job = job
    self.warn = warn
  }

  /// Begins to work. Called once.
  package func start() {
    state.withLock { $0.hasStarted = true }
    DispatchQueue(label: "quire.batches", qos: .utility).async(group: ended) { [self] in
      while !isStopping {
        endOverdue(but: nil)
        if let batch = nextBatch { work(on: batch) } else { _ = bell.wait(timeout: .now() + .seconds(1)) }
      }
    }
  }

  /// There is a batch more.
  package func wake() { bell.signal() }

  /// Stops within a step, and returns when all that is known has been written. The next server goes on.
  package func stop() {
    state.withLock { $0.isStopping = true }
    bell.signal()
    ended.wait()
  }

  private var isStopping: Bool { state.withLock(\.isStopping) }

  private var nextBatch: StoredBatch? {
    let postponed = state.withLock { state in
      state.postponed = state.postponed.filter { $0.value > .now }
      return state.postponed
    }
    return store.unfinished.first { postponed[$0.id] == nil }
  }

  private static var seconds: Int { StateNames.now / 1_000_000_000 }

  /// Ends batches that are to end although their turn has not come, once a second.
  private func endOverdue(but current: String?) {
    let isDue = state.withLock { state in
      guard .now - state.lastSweep >= .seconds(1) else { return false }
      state.lastSweep = .now
      return true
    }
    guard isDue else { return }
    for batch in store.unfinished where batch.id != current {
      if let end = Self.earlyEnd(of: batch) { finish(batch, as: end) }
    }
  }

  /// How a batch ends whose lines are not answered; nil where it goes on.
  private static func earlyEnd(of batch: StoredBatch) -> StoredBatch.Status? {
    switch batch.status {
    case .cancelling: .cancelled
    case .validating, .inProgress: seconds >= batch.expiresAt ? .expired : nil
    case .failed, .finalizing, .completed, .expired, .cancelled: nil
    }
  }

  private func work(on batch: StoredBatch) {
    if let end = Self.earlyEnd(of: batch) { return finish(batch, as: end) }
    switch batch.status {
    case .validating: validate(batch)
    case .inProgress: answer(batch)
    case .finalizing: finish(batch, as: .completed)
    case .cancelling, .failed, .completed, .expired, .cancelled: break
    }
  }

  private func validate(_ batch: StoredBatch) {
    do {
      let validation = try BatchValidation(
        ofFile: store.inputPath(of: batch.id), endpoint: batch.request.endpoint,
        isInterrupted: { [self] in mustEnd(batch.id) })
      guard !mustEnd(batch.id) else { return }
      guard validation.problems.isEmpty else { return fail(batch, validation.problems) }
      store.update(batch.id) { batch in
        // A client may have cancelled it.
        guard batch.status == .validating else { return }
        batch.counts.total = validation.lineCount
        batch.come(to: .inProgress, at: Self.seconds)
      }
    } catch {
      fail(batch, [.init(code: "input_unreadable", message: "\(error)")])
    }
  }

  /// Whether the batch that is being worked on is to be left.
  private func mustEnd(_ id: String) -> Bool {
    endOverdue(but: id)
    guard !isStopping, let batch = try? store.batch(id) else { return true }
    return Self.earlyEnd(of: batch) != nil
  }

  private func answer(_ batch: StoredBatch) {
    let folder = store.folder(of: batch.id)
    do throws(JobError) {
      let result = try job.run(
        input: store.inputPath(of: batch.id), output: folder + "/output.jsonl",
        errorFile: folder + "/errors.jsonl",
        isInterrupted: { [self] in mustEnd(batch.id) },
        observe: { [store] progress in
          store.count(batch.id, completed: progress.answeredLineCount, failed: progress.errorLineCount)
        })
      guard result.end == .complete else { return }
      store.update(batch.id) { batch in
        batch.problems = []
        if batch.status == .inProgress { batch.come(to: .finalizing, at: Self.seconds) }
      }
    } catch {
      switch error.kind {
      case .inputOutput, .outputUnusable: postpone(batch, "\(error)")
      case .inputMissing, .inputUnusable, .cannotResume, .interrupted:
        fail(batch, [.init(code: "job_failed", message: "\(error)")])
      }
    }
  }

  /// Leaves a batch alone for a while, since the disk is full or fails: the others are worked on meanwhile.
  private func postpone(_ batch: StoredBatch, _ message: String) {
    warn("batch \(batch.id) waits: \(message)")
    state.withLock { $0.postponed[batch.id] = .now + Self.postponement }
    store.update(batch.id) { $0.problems = [.init(code: "storage_failed", message: message)] }
  }

  private func fail(_ batch: StoredBatch, _ problems: [StoredBatch.Problem]) {
    warn("batch \(batch.id) failed: \(problems[0].message)")
    store.update(batch.id) { $0.problems = problems }
    finish(batch, as: .failed)
  }

  /// Makes files of what was answered, and ends a batch.
  private func finish(_ batch: StoredBatch, as status: StoredBatch.Status) {
    let folder = store.folder(of: batch.id)
    do {
      guard try addUnanswered(of: batch, as: status) else { return }
      let hasOutput = try publish(folder + "/output.jsonl", batch.fileIDs.output, "\(batch.id)_output.jsonl")
      let hasErrors = try publish(folder + "/errors.jsonl", batch.fileIDs.errors, "\(batch.id)_error.jsonl")
      store.update(batch.id) { batch in
        if status != .failed { batch.problems = [] }
        batch.has = (hasOutput, hasErrors)
        batch.come(to: status, at: Self.seconds)
      }
    } catch {
      return postpone(batch, "cannot make its files: \(error)")
    }
    store.files.directory.removeFolder(folder)
  }

  /// Adds the lines of a batch that are not answered to its error file; false where the server ends meanwhile, and the next
  /// one goes on. What is done before the files are made is done by the time when one of them is there.
  private func addUnanswered(of batch: StoredBatch, as status: StoredBatch.Status) throws -> Bool {
    let folder = store.folder(of: batch.id)
    let published = [batch.fileIDs.output, batch.fileIDs.errors].contains {
      (try? store.files.file($0)) != nil
    }
    guard let reason = UnansweredLines.Reason(status), !published else { return true }
    for name in ["/output.jsonl", "/errors.jsonl"] {
      _ = try store.files.wholeLineByteCount(of: folder + name)
    }
    let counts = try UnansweredLines(
      input: store.inputPath(of: batch.id), output: folder + "/output.jsonl", errors: folder + "/errors.jsonl"
    ).add(reason, store.files.directory.calls) { [self] in isStopping }
    guard let counts else { return false }
    store.update(batch.id) { $0.counts = counts }
    return true
  }

  /// Makes a file of the store of lines that a job has written; false where there are none.
  private func publish(_ path: String, _ id: String, _ filename: String) throws(SystemError) -> Bool {
    if (try? store.files.file(id)) != nil { return true }
    // A job that was ended may have left a line that is not whole.
    guard try store.files.wholeLineByteCount(of: path) > 0 else { return false }
    try store.files.adopt(path, id: id, filename: filename, purpose: .batchOutput)
    return true
  }
}

extension FileStore {
  /// Cuts a file behind its last line end, and says how long it is then, in bytes; 0 for one that is not there.
  fileprivate func wholeLineByteCount(of path: String) throws(SystemError) -> Int {
    guard FileIdentity(path: path) != nil else { return 0 }
    let descriptor = try directory.calls.openFile(path, flags: O_RDWR)
    defer { close(descriptor) }
    let length = Int(lseek(descriptor, 0, SEEK_END))
    var end = length
    while end > 0 {
      let start = max(0, end - (64 << 10))
      let bytes = try FileReading.bytes(of: descriptor, at: start, count: end - start)
      if let last = bytes.lastIndex(of: 0x0A) {
        end = start + last + 1
        break
      }
      end = start
    }
    if end < length { try directory.calls.truncateFile(descriptor, to: end) }
    return end
  }
}
