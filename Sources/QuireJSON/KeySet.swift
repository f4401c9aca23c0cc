/// The keys of one object that were read so far, by their bytes: two spellings of one accented letter are two keys in JSON,
/// and one String in Swift.
struct KeySet {
  /// Up to so many keys are compared one by one, which costs less than to hash them: most objects are small.
  private static let fewCount = 16

  private var few: [ArraySlice<UInt8>] = []
  /// All keys, once there are more than a few.
  private var many: Set<ArraySlice<UInt8>> = []

  /// Adds a key; false where it was there before. Complexity: constant on average.
  mutating func insert(_ key: ArraySlice<UInt8>) -> Bool {
    if many.isEmpty {
      if few.contains(key) { return false }
      if few.count < Self.fewCount {
        if few.isEmpty { few.reserveCapacity(4) }
        few.append(key)
        return true
      }
      many = Set(few)
    }
    return many.insert(key).inserted
  }
}
