import QuireModelFiles

/// A file of a repository, as a hub lists it.
struct HubFile: Sendable, Equatable {
  /// The path from the repository's root on; see `ModelReference.isPlainPath`.
  var path: String
  /// The bytes that it has; nil where the hub does not say.
  var byteCount: Int?
  /// What its content has to be; nil where the hub does not say.
  var checksum: Checksum?
  /// The name of its content in the cache: its hash, or whatever the hub tells contents apart by.
  var contentName: String
}

/// All files of a repository at one revision.
struct HubListing: Sendable, Equatable {
  /// The commit, a name that is safe in paths; the revision where a hub has no commits.
  var commit: String
  /// The files, each path once.
  var files: [HubFile]
}

/// Where models can be fetched from.
protocol Hub: Sendable {
  /// What proves who asks, as fields of requests to the hub itself.
  var credentials: [String: String] { get }
  /// All files of a repository.
  ///
  /// - Throws: ``HubError`` where there is none of this name, or it is not for everybody, or the hub cannot be reached.
  func listing(
    _ reference: ModelReference, _ client: HTTPClient, _ policy: RetryPolicy
  ) throws(HubError) -> HubListing
  /// The file with its size, checksum and name in the cache, where the listing has left them out.
  func completed(
    _ file: HubFile, _ reference: ModelReference, commit: String, _ client: HTTPClient, _ policy: RetryPolicy
  ) throws(HubError) -> HubFile
  /// The request for a file's bytes.
  func request(for file: HubFile, _ reference: ModelReference, commit: String) -> HTTPRequest
  /// The error of an answer that is no success.
  func refusal(_ response: HTTPResponse, _ body: [UInt8], _ subject: String) -> HubError
}
