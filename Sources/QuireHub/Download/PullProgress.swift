/// Where a download stands.
package struct PullProgress: Sendable, Equatable {
  /// Files that are in their place.
  package var finishedFileCount = 0
  /// All files that were chosen.
  package var fileCount = 0
  /// Bytes that are on the disk, those that were there before included.
  package var byteCount = 0
  /// Bytes of all chosen files.
  package var totalByteCount = 0
  /// Bytes that this run has fetched.
  package var fetchedByteCount = 0
}
