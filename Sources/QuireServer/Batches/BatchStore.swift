#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

import QuireBatch
import QuireJSON
import QuirePlatform
import Synchronization

/// The batches of a server. What is told to a client has been written before.
package final class BatchStore: Sendable {
  private struct State {
    var batches: [String: StoredBatch] = [:]
    /// Why batches cannot be used, by their names.
    var damaged: [String: String] = [:]
    var lastTime = 0
  }

  /// The files that batches read and make.
  package let files: FileStore
  private let state: Mutex<State>
  private let warn: @Sendable (String) -> Void

  private var directory: StateDirectory { files.directory }

  /// The batches that are there.
  ///
  /// - Parameter warn: told of what is damaged, and left alone, and of what cannot be written.
  package init(_ files: FileStore, warn: @escaping @Sendable (String) -> Void = { _ in }) {
    self.files = files
    self.warn = warn
    var state = State()
    let folder = files.directory.batches
    func isDamaged(_ name: String, _ path: String) {
      state.damaged[name] = "\(path) is damaged; bring it back, or remove it and the folder \(name) beside it"
    }
    for (name, value) in files.directory.descriptions(in: folder, damaged: isDamaged) {
      guard let batch = StoredBatch(value), batch.id == name else {
        isDamaged(name, "\(folder)/\(name).json")
        continue
      }
      state.batches[name] = batch
      state.lastTime = max(state.lastTime, batch.time)
    }
    for message in state.damaged.values.sorted() { warn(message) }
    // A death between a folder and its batch, or between the end of a batch and its folder's.
    for name in StateDirectory.names(in: folder)
    where StateNames.isName(name) && state.damaged[name] == nil && state.batches[name]?.status.isFinal ?? true
    {
      files.directory.removeFolder(folder + "/" + name)
    }
    self.state = Mutex(state)
  }

  /// The folder of a batch's job.
  func folder(of id: String) -> String { directory.batches + "/" + id }
  /// The lines of a batch, which stay when their file is removed.
  func inputPath(of id: String) -> String { folder(of: id) + "/input.jsonl" }
  private func descriptionPath(of id: String) -> String { folder(of: id) + ".json" }

  /// A batch. Throws `HTTPError` where there is none of this name, or what is known of it is damaged.
  package func batch(_ id: String) throws(HTTPError) -> StoredBatch {
    let (batch, damage) = state.withLock { ($0.batches[id], $0.damaged[id]) }
    if let batch { return batch }
    guard let damage else { throw .noObject("batch", id) }
    throw HTTPError(.internalServerError, code: "state_damaged", damage)
  }

  /// All batches, the newest first.
  package var all: [StoredBatch] {
    state.withLock { Array($0.batches.values) }.sorted { $0.time > $1.time }
  }

  /// Those that something is to be done for, the oldest first.
  package var unfinished: [StoredBatch] { all.reversed().filter { !$0.status.isFinal } }

  /// Makes a batch. Throws `HTTPError` where there is no such file, it is not one of lines, or nothing can be stored.
  package func create(_ request: StoredBatch.Request) throws(HTTPError) -> StoredBatch {
    let input = try files.file(request.inputFileID)
    guard input.purpose == .batch else {
      throw HTTPError(
        .badRequest, code: "invalid_purpose",
        "the file \(Excerpt.quoted(input.id)) has the purpose \(input.purpose.rawValue), but must have batch",
        param: "input_file_id")
    }
    let time = state.withLock { state in
      state.lastTime = max(state.lastTime + 1, StateNames.now)
      return state.lastTime
    }
    let batch = StoredBatch(
      id: StateNames.make("batch_"), request, time: time,
      fileIDs: (StateNames.make("file-"), StateNames.make("file-")))
    do throws(SystemError) {
      try directory.makeFolder(folder(of: batch.id))
      // A second name, so that the file may be removed meanwhile, and takes no more space.
      guard link(files.path(of: input.id), inputPath(of: batch.id)) == 0 else { throw SystemError(errno) }
      try write(batch)
    } catch {
      directory.removeFolder(folder(of: batch.id))
      throw .cannotStore(error)
    }
    state.withLock { $0.batches[batch.id] = batch }
    return batch
  }

  /// Lets a batch end before its lines are answered. Throws `HTTPError` where there is none, it has ended, or that cannot be
  /// stored.
  package func cancel(_ id: String) throws(HTTPError) -> StoredBatch {
    let found = try batch(id)
    guard !found.status.isFinal else {
      throw HTTPError(
        .conflict, code: "batch_ended",
        "the batch has the status \(found.status.rawValue), and cannot be cancelled")
    }
    let outcome = state.withLock { state -> Result<StoredBatch, SystemError> in
      guard var batch = state.batches[id] else { return .success(found) }
      if batch.status == .validating || batch.status == .inProgress {
        batch.come(to: .cancelling, at: StateNames.now / 1_000_000_000)
        do throws(SystemError) { try write(batch) } catch { return .failure(error) }
        state.batches[id] = batch
      }
      return .success(batch)
    }
    do throws(SystemError) { return try outcome.get() } catch { throw .cannotStore(error) }
  }

  /// Changes a batch, and keeps it. What cannot be written holds as long as the server runs.
  func update(_ id: String, _ change: (inout StoredBatch) -> Void) {
    let failure = state.withLock { state -> SystemError? in
      guard var batch = state.batches[id] else { return nil }
      change(&batch)
      state.batches[id] = batch
      do throws(SystemError) { try write(batch) } catch { return error }
      return nil
    }
    if let failure {
      warn("cannot write \(descriptionPath(of: id)): \(failure); it is written when the batch goes on")
    }
  }

  /// Notes how far a batch is, which the job's own files tell after a death.
  func count(_ id: String, completed: Int, failed: Int) {
    state.withLock { state in
      state.batches[id]?.counts.completed = completed
      state.batches[id]?.counts.failed = failed
    }
  }

  private func write(_ batch: StoredBatch) throws(SystemError) {
    try directory.calls.replaceFile(descriptionPath(of: batch.id), with: batch.description)
  }
}
