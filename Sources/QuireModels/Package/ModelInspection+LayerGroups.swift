extension ModelInspection {
  /// The layers that see as many positions as each other, and what they keep of a text.
  package struct LayerGroup: Sendable, Equatable {
    /// How many layers there are.
    package let layerCount: Int
    /// Positions that a token sees on them, its own included; nil for all before it.
    package let window: Int?
    /// Bytes that one token adds to a single-precision KV cache of these layers.
    package let byteCountPerToken: Int
    /// Bytes that the longest text keeps there at a time: of as many tokens as are still seen.
    package let byteCountOfLongestText: Int
  }

  /// The layers by their windows: those that see all first, then by falling width; nil where the configuration is refused.
  package var layerGroups: [LayerGroup]? {
    guard let shape = plan?.shape else { return nil }
    let bytesPerLayer = shape.keyValueElementsPerToken / shape.layerCount * 4
    return Dictionary(grouping: shape.windows) { $0 }
      .sorted { ($0.key ?? .max) > ($1.key ?? .max) }
      .map { window, layers in
        let bytes = bytesPerLayer * layers.count
        let (longest, overflows) = bytes.multipliedReportingOverflow(
          by: min(window ?? .max, shape.maxPositionCount))
        return LayerGroup(
          layerCount: layers.count, window: window, byteCountPerToken: bytes,
          byteCountOfLongestText: overflows ? .max : longest)
      }
  }
}
