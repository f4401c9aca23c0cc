/// The arithmetic of answers, as a version.
package enum EngineArithmetic {
  /// Grows with each change after which some answer of some model has another bit: an output that was begun with one
  /// version is not gone on with by another.
  package static let version = 1
}
