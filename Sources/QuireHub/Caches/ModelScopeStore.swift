import QuireModelFiles

/// The layout of ModelScope's tools: the files themselves in a folder of the model, unfinished ones in `._____temp` in it.
struct ModelScopeStore: ModelStore {
  let root: String
  let modelPath: String

  /// The place of a model.
  init(_ reference: ModelReference, _ caches: HubCaches) {
    modelPath = caches.modelScopeFolder(reference)
    root = modelPath
  }

  func incompletePath(_ file: HubFile) -> String { modelPath + "/._____temp/" + file.path }

  func lockPath(_ file: HubFile) -> String { incompletePath(file) + ".lock" }

  func presentByteCount(_ file: HubFile) -> Int {
    let present = DiskFolder.byteCount(modelPath + "/" + file.path)
    return present == file.byteCount ? present ?? 0 : DiskFolder.byteCount(incompletePath(file)) ?? 0
  }

  /// A file of the right size is read, since nothing else tells whether it is whole and of this revision.
  func holds(_ file: HubFile) throws(HubError) -> Bool {
    let path = modelPath + "/" + file.path
    guard let present = DiskFolder.byteCount(path), let expected = file.byteCount, present == expected,
      let checksum = file.checksum
    else { return false }
    var running = RunningChecksum(checksum, byteCount: present)
    try PartialFile(path: path).read(upTo: present) { running.update($0) }
    return running.text == checksum.text
  }

  func keep(_ file: HubFile) throws(HubError) {
    try DiskFolder.move(incompletePath(file), to: modelPath + "/" + file.path)
  }

  func link(_ file: HubFile) {}

  func finish() {}
}
