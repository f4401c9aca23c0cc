import Foundation
import QuireBatch
import QuireJSON
import QuireOpenAI
import QuirePlatform

/// Where a dialogue is kept: read before the session, written whole or not at all.
enum DialogueFile {
  /// The longest file that is read, in bytes.
  private static let byteLimit = 64 << 20

  /// The dialogue of a file and the form that the file has; nil where there is no file.
  ///
  /// Throws ``CommandError``: `inputMissing` for what cannot be read, `unusableModel` for what is no dialogue.
  static func read(_ path: String) throws(CommandError) -> (dialogue: Dialogue, form: DialogueForm)? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT { return nil }
      throw CommandError(.inputMissing, "cannot read the dialogue \(path): \(SystemError(errno))")
    }
    // Opening a named pipe would wait for whoever writes it.
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw CommandError(.inputMissing, "the dialogue \(path) is no regular file; name one")
    }
    guard status.st_size <= byteLimit, let bytes = TextFile.bytes(path, atMost: byteLimit) else {
      throw CommandError(
        .inputMissing, "the dialogue \(path) cannot be read, or has more than \(byteLimit >> 20) MiB")
    }
    do throws(InputError) {
      return try DialogueReader.read(bytes)
    } catch {
      throw CommandError(.unusableModel, "the dialogue \(path): \(error.message)")
    }
  }

  /// Throws ``CommandError`` of kind `outputUnusable` where a file could not be put at `path`, so that nobody learns it
  /// after the conversation.
  static func checkWritable(_ path: String) throws(CommandError) {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw CommandError(.outputUnusable, "the dialogue \(path) is no regular file; name one")
    }
    let directory = URL(filePath: target(of: path)).deletingLastPathComponent().path
    guard access(directory, W_OK | X_OK) == 0 else {
      throw CommandError(.outputUnusable, "cannot save the dialogue \(path): \(SystemError(errno))")
    }
  }

  /// Puts a dialogue in the place of what the file holds, or leaves it as it is; permissions stay.
  ///
  /// Throws ``CommandError`` of kind `inputOutput`.
  static func write(_ bytes: [UInt8], to path: String) throws(CommandError) {
    let target = target(of: path)
    var status = stat()
    let permissions = stat(target, &status) == 0 ? UInt32(status.st_mode & 0o7777) : nil
    do throws(SystemError) {
      try SystemCalls().replaceFile(target, with: bytes, permissions: permissions)
    } catch {
      throw CommandError(
        .inputOutput, "cannot save the dialogue \(path): \(error); what was there is unchanged")
    }
  }

  /// Whether something is there that writing would replace: more than an empty file.
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && !(status.st_mode & S_IFMT == S_IFREG && status.st_size == 0)
  }

  /// Which file a path leads to, so that a link to it stays one.
  private static func target(of path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
