import QuireModelFiles

extension JSONDocument {
  /// A soft cap: an explicit null means none, an absent key the default of the class.
  func softCap(_ key: String, defaultCap: Float?) throws(ModelFileError) -> Float? {
    if let cap = try numberIfPresent(key, in: ModelLimits.softCap) { return Float(cap) }
    return contains(key) ? nil : defaultCap
  }
}

extension GGUFMetadata {
  /// A soft cap; 0 means none.
  func softCap(_ key: String, defaultCap: Float?) throws(ModelFileError) -> Float? {
    guard let cap = try numberIfPresent(key, in: 0...ModelLimits.softCap.upperBound) else {
      return defaultCap
    }
    return cap == 0 ? nil : Float(cap)
  }
}
