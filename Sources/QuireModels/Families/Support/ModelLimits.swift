import QuireModelFiles

/// The ranges that hyper-parameters must lie in: wider than any model's, and narrow enough that no product of two of them,
/// nor the bytes of any one tensor, leaves `Int`.
enum ModelLimits {
  static let width = 1...1 << 20
  static let intermediate = 1...1 << 22
  static let layers = 1...4096
  static let heads = 1...4096
  static let headDimension = 2...4096
  static let vocabulary = 1...1 << 24
  static let positions = 1...1 << 30
  static let epsilon = 0.0...1.0
  static let ropeTheta = 1.0...1e12
  static let ropeFactor = 1e-3...1e6
  static let softCap = 1e-3...1e6
  static let scoreDivisor = 1e-3...1e9
  static let multiplier = 1e-6...1e6
}

extension DecoderSizes {
  /// The checks between several values.
  ///
  /// - Throws: ``ModelFileError`` that names both values, under the spelling of `names`.
  func checkHeads(
    path: String, names: (heads: String, keyValueHeads: String, dimension: String)
  ) throws(ModelFileError) {
    guard attentionHeadCount % keyValueHeadCount == 0 else {
      throw ModelFileError(
        path: path, subject: "key \(names.keyValueHeads)", found: "\(keyValueHeadCount)",
        expected: "a divisor of \(names.heads), \(attentionHeadCount)")
    }
    guard headDimension % 2 == 0 else {
      throw ModelFileError(
        path: path, subject: "key \(names.dimension)", found: "\(headDimension)", expected: "an even number")
    }
  }
}
