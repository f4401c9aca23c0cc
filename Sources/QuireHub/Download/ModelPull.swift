import Foundation
package import QuireModelFiles
import Synchronization

/// Fetches a model from a hub into the cache of the hub's own tools.
package struct ModelPull: Sendable {
  /// The hub that a model comes from.
  package enum Source: String, Sendable, CaseIterable {
    case huggingface, modelscope
  }

  /// What was fetched.
  package struct Result: Sendable, Equatable {
    /// What a run takes as its model: the folder, or the GGUF file that was asked for.
    package let path: String
    /// Files that stand there now, of those that were chosen.
    package let fileCount: Int
    /// The bytes of those files.
    package let byteCount: Int
    /// The bytes that had to be fetched.
    package let fetchedByteCount: Int
    /// Weights that were left aside, as Quire does not read them beside the others.
    package let passedOver: [String]
  }

  private let reference: ModelReference
  private let selection: FileSelection
  private let workerCount: Int
  private let timeoutSeconds: Double
  private let policy: RetryPolicy
  private let hub: any Hub
  private let source: Source
  private let caches: HubCaches
  private let isCancelled: @Sendable () -> Bool

  /// - Parameters:
  ///   - workerCount: files that are fetched at a time.
  ///   - environment: the process's environment: addresses, tokens and caches; see `docs/hub.md`.
  ///   - isCancelled: asked several times a second; true ends the download and keeps what has arrived.
  /// - Throws: ``HubError`` of kind usage, where a variable of the environment cannot be meant.
  package init(
    _ reference: ModelReference, from source: Source, _ selection: FileSelection, workerCount: Int,
    environment: [String: String], isCancelled: @escaping @Sendable () -> Bool
  ) throws(HubError) {
    self.reference = reference
    self.source = source
    self.selection = selection
    self.workerCount = workerCount
    self.isCancelled = isCancelled
    caches = HubCaches(environment: environment)
    let offline = environment["HF_HUB_OFFLINE"].flatMap { $0.isEmpty ? nil : $0 }
    if let offline, ["1", "ON", "YES", "TRUE"].contains(offline.uppercased()), source == .huggingface {
      throw HubError(.usage, "HF_HUB_OFFLINE is \(offline), which forbids to fetch anything; unset it first")
    }
    guard source == .huggingface || reference.components.count == 2 else {
      throw HubError(.usage, "\(reference.text): a model of ModelScope is named ORG/NAME")
    }
    let seconds = environment["HF_HUB_DOWNLOAD_TIMEOUT"].flatMap { $0.isEmpty ? nil : $0 } ?? "30"
    guard let timeout = Double(seconds), (1...3600).contains(timeout) else {
      throw HubError(
        .usage, "HF_HUB_DOWNLOAD_TIMEOUT is \(seconds), but must be a number of seconds from 1 to 3600")
    }
    timeoutSeconds = timeout
    policy = RetryPolicy()
    hub =
      switch source {
      case .huggingface: try HuggingFaceHub(environment: environment)
      case .modelscope: try ModelScopeHub(environment: environment)
      }
  }

  /// Fetches what is not there yet.
  ///
  /// - Parameter observe: told several times a second where the download stands.
  /// - Throws: ``HubError``; what has arrived is kept, and another run goes on from there.
  package func run(observe: (PullProgress) -> Void) throws(HubError) -> Result {
    let client = HTTPClient(timeoutSeconds: timeoutSeconds, isCancelled: isCancelled)
    let listing = try hub.listing(reference, client, policy)
    var (files, passedOver) = try selection.choose(listing.files, reference)
    for index in files.indices {
      files[index] = try hub.completed(files[index], reference, commit: listing.commit, client, policy)
    }
    let store: any ModelStore =
      switch source {
      case .huggingface: HuggingFaceStore(reference, commit: listing.commit, caches)
      case .modelscope: ModelScopeStore(reference, caches)
      }
    let work = PullWork(files)
    try work.checkFreeSpace(store)
    try fetch(work, store, commit: listing.commit, observe)
    try store.finish()
    let progress = work.progress
    observe(progress)
    let isOneFile = reference.selector != nil
    return Result(
      path: isOneFile ? store.modelPath + "/" + files.map(\.path).min()! : store.modelPath,
      fileCount: files.count, byteCount: progress.byteCount, fetchedByteCount: progress.fetchedByteCount,
      passedOver: passedOver.map(\.path))
  }

  private func fetch(
    _ work: PullWork, _ store: any ModelStore, commit: String, _ observe: (PullProgress) -> Void
  ) throws(HubError) {
    let (timeoutSeconds, isCancelled) = (timeoutSeconds, isCancelled)
    let threads = (0..<max(1, min(workerCount, work.files.count))).map { _ in
      let done = DispatchSemaphore(value: 0)
      let thread = Thread {
        let client = HTTPClient(
          timeoutSeconds: timeoutSeconds, isCancelled: { isCancelled() || work.failure != nil })
        while let file = work.next() {
          do throws(HubError) {
            try fetch(file, work, store, commit: commit, client)
          } catch {
            work.fail(error)
          }
        }
        done.signal()
      }
      thread.stackSize = 1 << 20
      thread.start()
      return done
    }
    for done in threads {
      while done.wait(timeout: .now() + .milliseconds(100)) == .timedOut { observe(work.progress) }
    }
    if let failure = work.failure { throw failure }
  }

  private func fetch(
    _ file: HubFile, _ work: PullWork, _ store: any ModelStore, commit: String, _ client: HTTPClient
  ) throws(HubError) {
    try FileLock.hold(store.lockPath(file), isCancelled: { client.wasCancelled }) { () throws(HubError) in
      if try store.holds(file) {
        work.count(file.byteCount ?? 0, isFetched: false)
        return try store.link(file)
      }
      let download = FileDownload(
        file: file, subject: "\(reference.id): \(file.path)",
        request: hub.request(for: file, reference, commit: commit), policy: policy,
        refusal: { hub.refusal($0, $1, $2) }, count: { work.count($0, isFetched: $1) })
      try download.run(client, into: store.incompletePath(file))
      try store.keep(file)
    }
    work.finishFile()
  }
}
