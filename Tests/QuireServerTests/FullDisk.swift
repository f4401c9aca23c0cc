import Foundation
import QuireBatch
import QuirePlatform
import Synchronization

/// System calls of which writing fails as if the disk were full.
final class FullDisk: FileSystemCalls {
  let isFull = Atomic(false)
  private let system = SystemCalls()
  func openFile(_ path: String, flags: Int32) throws(SystemError) -> Int32 {
    try system.openFile(path, flags: flags)
  }
  func writeBytes(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(SystemError) -> Int {
    if isFull.load(ordering: .relaxed) { throw SystemError(ENOSPC) }
    return try system.writeBytes(bytes, to: descriptor)
  }
  func truncateFile(_ descriptor: Int32, to byteCount: Int) throws(SystemError) {
    try system.truncateFile(descriptor, to: byteCount)
  }
  func synchronize(_ descriptor: Int32) throws(SystemError) {}
  func renameFile(_ path: String, to newPath: String) throws(SystemError) {
    try system.renameFile(path, to: newPath)
  }
  func removeFile(_ path: String) throws(SystemError) { try system.removeFile(path) }
  func synchronizeDirectory(_ path: String) throws(SystemError) {}
}
