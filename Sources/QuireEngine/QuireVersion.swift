/// The version of the program.
package enum QuireVersion {
  /// Major, minor and patch, as in a tag.
  package static let current = "0.1.0"
}
