import QuireModelFiles

/// The cache layout of huggingface_hub: contents by their hash in `blobs`, a folder of links to them for each commit in
/// `snapshots`, the commits of branches and tags in `refs`, locks beside the repositories in `.locks`.
struct HuggingFaceStore: ModelStore {
  let root: String
  let modelPath: String
  private let folder: String
  private let locks: String
  private let revision: String
  private let commit: String

  /// The place of a repository's commit.
  init(_ reference: ModelReference, commit: String, _ caches: HubCaches) {
    root = caches.huggingFaceRoot
    folder = caches.huggingFaceFolder(reference)
    locks = root + "/.locks/models--" + reference.components.joined(separator: "--")
    revision = reference.revision ?? "main"
    self.commit = commit
    modelPath = folder + "/snapshots/" + commit
  }

  private func blob(_ file: HubFile) -> String { folder + "/blobs/" + file.contentName }

  func incompletePath(_ file: HubFile) -> String { blob(file) + ".incomplete" }

  func lockPath(_ file: HubFile) -> String { locks + "/" + file.contentName + ".lock" }

  func presentByteCount(_ file: HubFile) -> Int {
    DiskFolder.byteCount(blob(file)) ?? DiskFolder.byteCount(incompletePath(file)) ?? 0
  }

  func holds(_ file: HubFile) -> Bool {
    guard let present = DiskFolder.byteCount(blob(file)) else { return false }
    return file.byteCount == nil || file.byteCount == present
  }

  func keep(_ file: HubFile) throws(HubError) {
    try DiskFolder.move(incompletePath(file), to: blob(file))
    try link(file)
  }

  func link(_ file: HubFile) throws(HubError) {
    let path = modelPath + "/" + file.path
    let depth = file.path.utf8.count { $0 == UInt8(ascii: "/") }
    let target = String(repeating: "../", count: depth + 2) + "blobs/" + file.contentName
    if try !DiskFolder.link(path, to: target) { try DiskFolder.move(blob(file), to: path) }
  }

  func finish() throws(HubError) {
    guard revision != commit else { return }
    try DiskFolder.write(commit, to: folder + "/refs/" + revision)
  }
}
