/// Where the files of one repository come to stand on this machine.
protocol ModelStore: Sendable {
  /// The folder with the files of the revision; what `quire run` is given.
  var modelPath: String { get }
  /// The folder whose file system takes the bytes.
  var root: String { get }
  /// Where the bytes of a file stand before they are whole.
  func incompletePath(_ file: HubFile) -> String
  /// The lock that is held while a file is fetched.
  func lockPath(_ file: HubFile) -> String
  /// The bytes of the file that are there, by the look of it.
  func presentByteCount(_ file: HubFile) -> Int
  /// Whether the file is there, whole.
  func holds(_ file: HubFile) throws(HubError) -> Bool
  /// Puts a whole file in its place.
  func keep(_ file: HubFile) throws(HubError)
  /// Makes a file that is held already part of the revision.
  func link(_ file: HubFile) throws(HubError)
  /// Notes which commit the revision's name stands for, when all files are there.
  func finish() throws(HubError)
}
