import Foundation
import QuirePlatform
import Synchronization

@testable import QuireBatch

/// The system's calls, of which the Nth fails, or all from the Nth on: a disk that is full stays full.
///
/// A write that fails has put half of its bytes there.
final class FailingCalls: FileSystemCalls {
  enum Call: CaseIterable {
    case open, write, truncate, synchronize, rename, remove, synchronizeDirectory
  }

  private let system = SystemCalls()
  private let failing: Set<Call>
  private let number: Int
  private let staysBroken: Bool
  private let reachesDisk: Bool
  private let counted = Mutex(0)

  /// Calls of which none fails, and that wait for no disk.
  static var fast: FailingCalls { FailingCalls([], number: .max) }

  /// - Parameters:
  ///   - number: which of the calls of those kinds fails, from 1.
  ///   - reachesDisk: whether what succeeds waits for the disk, which takes most of a test's time.
  init(_ failing: Set<Call>, number: Int, staysBroken: Bool = false, reachesDisk: Bool = false) {
    self.reachesDisk = reachesDisk
    self.failing = failing
    self.number = number
    self.staysBroken = staysBroken
  }

  /// Whether a call has failed.
  var hasFailed: Bool { counted.withLock { $0 >= number } }

  private func fails(_ call: Call) -> Bool {
    guard failing.contains(call) else { return false }
    return counted.withLock { count in
      count += 1
      return count == number || (staysBroken && count > number)
    }
  }

  private func check(_ call: Call) throws(SystemError) {
    if fails(call) { throw SystemError(EIO) }
  }

  func openFile(_ path: String, flags: Int32) throws(SystemError) -> Int32 {
    try check(.open)
    return try system.openFile(path, flags: flags)
  }

  func writeBytes(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(SystemError) -> Int {
    if fails(.write) {
      let half = UnsafeRawBufferPointer(rebasing: bytes.prefix(bytes.count / 2))
      if !half.isEmpty { _ = try system.writeBytes(half, to: descriptor) }
      throw SystemError(ENOSPC)
    }
    return try system.writeBytes(bytes, to: descriptor)
  }

  func truncateFile(_ descriptor: Int32, to byteCount: Int) throws(SystemError) {
    try check(.truncate)
    try system.truncateFile(descriptor, to: byteCount)
  }

  func synchronize(_ descriptor: Int32) throws(SystemError) {
    try check(.synchronize)
    if reachesDisk { try system.synchronize(descriptor) }
  }

  func renameFile(_ path: String, to newPath: String) throws(SystemError) {
    try check(.rename)
    try system.renameFile(path, to: newPath)
  }

  func removeFile(_ path: String) throws(SystemError) {
    try check(.remove)
    try system.removeFile(path)
  }

  func synchronizeDirectory(_ path: String) throws(SystemError) {
    try check(.synchronizeDirectory)
    if reachesDisk { try system.synchronizeDirectory(path) }
  }
}
