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

/// The files of a server.
package final class FileStore: Sendable {
  private struct State {
    var files: [String: StoredFile] = [:]
    var lastTime = 0
  }

  /// Where the files are.
  let directory: StateDirectory
  private let state: Mutex<State>

  /// The files that are there.
  ///
  /// - Parameter warn: told of what is damaged, and left alone.
  package init(_ directory: StateDirectory, warn: (String) -> Void = { _ in }) {
    self.directory = directory
    var state = State()
    var known: Set<String> = []
    let found = directory.descriptions(in: directory.files) { name, path in
      known.insert(name)
      warn(
        "\(path) is damaged: nobody knows what that file is; bring it back, or remove it with \(name) beside it"
      )
    }
    for (name, value) in found {
      known.insert(name)
      guard let file = StoredFile(value), file.id == name else {
        warn("\(directory.files)/\(name).json does not describe a file; bring it back, or remove it")
        continue
      }
      // A death between a description and its content: whoever has the content takes it over once more.
      guard FileIdentity(path: directory.files + "/" + name) != nil else {
        try? directory.calls.removeFile(directory.files + "/" + name + ".json")
        continue
      }
      state.files[name] = file
      state.lastTime = max(state.lastTime, file.time)
    }
    // A death in the middle of a removal.
    for name in StateDirectory.names(in: directory.files)
    where StateNames.isName(name) && !known.contains(name) {
      try? directory.calls.removeFile(directory.files + "/" + name)
    }
    self.state = Mutex(state)
  }

  /// The path of a file's content.
  package func path(of id: String) -> String { directory.files + "/" + id }
  private func descriptionPath(of id: String) -> String { path(of: id) + ".json" }

  /// A file. Throws `HTTPError` 404 where there is none of this name.
  package func file(_ id: String) throws(HTTPError) -> StoredFile {
    guard let file = state.withLock({ $0.files[id] }) else { throw .noObject("file", id) }
    return file
  }

  /// All files, the newest first.
  package var all: [StoredFile] {
    state.withLock { Array($0.files.values) }.sorted { $0.time > $1.time }
  }

  /// Takes over a content that stands under another name on the same file system.
  ///
  /// - Parameter id: the file's name; a file that has it already is left as it is.
  /// - Throws: where the file system refuses; the content is left where it is, as after a death in between.
  @discardableResult
  func adopt(
    _ path: String, id: String, filename: String, purpose: StoredFile.Purpose
  ) throws(SystemError) -> StoredFile {
    if let file = state.withLock({ $0.files[id] }) { return file }
    var status = stat()
    guard stat(path, &status) == 0 else { throw SystemError(errno) }
    let time = state.withLock { state in
      state.lastTime = max(state.lastTime + 1, StateNames.now)
      return state.lastTime
    }
    let file = StoredFile(
      id: id, byteCount: Int(status.st_size), time: time, filename: filename, purpose: purpose)
    // First, since a content without one is nobody's.
    try directory.calls.replaceFile(descriptionPath(of: id), with: file.description)
    do throws(SystemError) {
      try directory.calls.commit(path, as: self.path(of: id))
    } catch {
      try? directory.calls.removeFile(descriptionPath(of: id))
      throw error
    }
    state.withLock { $0.files[id] = file }
    return file
  }

  /// Removes a file. Batches that read it go on. Throws `HTTPError` where there is none, or where it cannot be removed.
  package func remove(_ id: String) throws(HTTPError) {
    _ = try file(id)
    do throws(SystemError) {
      try directory.calls.removeFile(descriptionPath(of: id))
    } catch {
      throw .cannotStore(error)
    }
    state.withLock { $0.files[id] = nil }
    // Without a description it is nobody's, and goes when the next server begins.
    try? directory.calls.removeFile(path(of: id))
  }
}

/// A file that is being sent.
package final class FileUpload {
  private let store: FileStore
  private let path: String
  private let descriptor: Int32
  private let byteLimit: Int
  private var byteCount = 0
  private var isTaken = false

  /// Throws `HTTPError` where no file can be made.
  package init(_ store: FileStore, byteLimit: Int) throws(HTTPError) {
    self.store = store
    self.byteLimit = byteLimit
    path = store.directory.uploads + "/" + StateNames.make("")
    do throws(SystemError) {
      descriptor = try store.directory.calls.openFile(path, flags: O_WRONLY | O_CREAT | O_EXCL)
    } catch {
      throw .cannotStore(error)
    }
  }

  deinit {
    close(descriptor)
    if !isTaken { try? store.directory.calls.removeFile(path) }
  }

  /// Adds bytes. Throws `HTTPError` where the file becomes too long, or the disk is full.
  package func append(_ bytes: [UInt8]) throws(HTTPError) {
    byteCount += bytes.count
    guard byteCount <= byteLimit else { throw .fileTooLarge(byteLimit) }
    do throws(SystemError) {
      try store.directory.calls.writeAll(bytes, to: descriptor)
    } catch {
      throw .cannotStore(error)
    }
  }

  /// Makes it a file of the store, once it is on the disk.
  package func finish(filename: String, purpose: StoredFile.Purpose) throws(HTTPError) -> StoredFile {
    do throws(SystemError) {
      try store.directory.calls.synchronize(descriptor)
      let file = try store.adopt(path, id: StateNames.make("file-"), filename: filename, purpose: purpose)
      isTaken = true
      return file
    } catch {
      throw .cannotStore(error)
    }
  }
}

extension HTTPError {
  /// There is no object of a name.
  static func noObject(_ kind: String, _ id: String) -> HTTPError {
    HTTPError(.notFound, code: "not_found", "there is no \(kind) \(Excerpt.quoted(id))", param: "id")
  }

  /// A file of more than `byteLimit` bytes.
  static func fileTooLarge(_ byteLimit: Int) -> HTTPError {
    HTTPError(
      .contentTooLarge, code: "file_too_large",
      "the file has more than \(byteLimit) bytes; split it, or raise the server's limit", param: "file")
  }

  /// What the file system refuses.
  static func cannotStore(_ error: SystemError) -> HTTPError {
    [ENOSPC, EDQUOT, EFBIG].contains(error.number)
      ? HTTPError(.insufficientStorage, code: "storage_full", "the server cannot store that: \(error)")
      : HTTPError(.internalServerError, code: "storage_failed", "the server cannot store that: \(error)")
  }
}
