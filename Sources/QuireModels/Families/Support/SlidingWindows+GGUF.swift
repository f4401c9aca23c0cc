import QuireModelFiles

extension GGUFMetadata {
  /// The window of each layer: on all but every `period`-th one (0: on all), or as an array under the key says.
  func windows(
    _ keys: GGUFKeys, _ window: Int, layerCount: Int, defaultPeriod: Int
  ) throws(ModelFileError) -> [Int?] {
    let key = keys.slidingWindowPattern
    if let value = self[key], case .array(let array) = value {
      let flags = try array.bools()
      guard flags.count == layerCount else {
        throw wrong(key, value, "one entry for each of \(layerCount) layers")
      }
      return flags.map { $0 ? window : nil }
    }
    let period = try integerIfPresent(key, in: 0...ModelLimits.layers.upperBound) ?? defaultPeriod
    return (0..<layerCount).map { period > 0 && ($0 + 1) % period == 0 ? nil : window }
  }
}
