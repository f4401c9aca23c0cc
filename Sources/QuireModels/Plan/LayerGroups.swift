/// Which layers share the blocks of a KV cache: one group of all, or groups of those that see everything before a token
/// and groups of those that see a window of it, whose blocks can be given up earlier.
///
/// A block holds some positions of the layers of one group; the groups have blocks of one size, so the last group of each
/// kind may leave a part of its blocks empty. Groups that see all come first.
package struct LayerGroups: Sendable, Equatable {
  /// Where a layer's keys and values lie.
  package struct Place: Sendable, Equatable {
    /// The group whose blocks hold them.
    package let group: Int
    /// The layer's number in each block of the group.
    package let index: Int
  }

  /// Number of layers that a block holds, at least 1.
  package let layersPerBlock: Int
  /// Number of groups of layers that see all positions before a token.
  package let fullCount: Int
  /// Number of groups of layers with a window.
  package let windowedCount: Int
  /// Number of positions, its own included, that a token sees on that layer of the windowed groups which sees most; nil
  /// where there are none.
  package let window: Int?
  /// The place of each layer.
  package let places: [Place]

  /// One group of all layers, at least one.
  ///
  /// - Parameter window: how many positions a token sees on the layer that sees most; nil for all before it.
  package static func one(layerCount: Int, window: Int?) -> LayerGroups {
    LayerGroups(windows: Array(repeating: window, count: layerCount), layersPerBlock: layerCount)
  }

  /// Groups of at most `layersPerBlock` layers, those with a window apart from the others.
  ///
  /// - Parameter windows: by layer, as in `ModelShape`.
  package init(windows: [Int?], layersPerBlock: Int) {
    precondition(!windows.isEmpty && layersPerBlock >= 1, "a group has a layer")
    let windowed = windows.indices.filter { windows[$0] != nil }
    let full = windows.indices.filter { windows[$0] == nil }
    self.layersPerBlock = layersPerBlock
    fullCount = (full.count + layersPerBlock - 1) / layersPerBlock
    windowedCount = (windowed.count + layersPerBlock - 1) / layersPerBlock
    window = windowed.compactMap { windows[$0] }.max()
    var places = windows.map { _ in Place(group: 0, index: 0) }
    for (layers, firstGroup) in [(full, 0), (windowed, fullCount)] {
      for (number, layer) in layers.enumerated() {
        let (group, index) = number.quotientAndRemainder(dividingBy: layersPerBlock)
        places[layer] = Place(group: firstGroup + group, index: index)
      }
    }
    self.places = places
  }

  /// Number of groups: of blocks that hold the same positions.
  package var count: Int { fullCount + windowedCount }

  /// How many positions a token sees on the layer of a group that sees most; nil for all.
  func window(ofGroup group: Int) -> Int? { group < fullCount ? nil : window }
}
