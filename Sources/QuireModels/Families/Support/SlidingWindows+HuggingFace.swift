import QuireJSON
import QuireModelFiles

/// The sliding windows of a config.json.
extension JSONDocument {
  /// `sliding_window`: an explicit null means none, an absent key the default of the class.
  func slidingWindow(defaultSize: Int?) throws(ModelFileError) -> Int? {
    let size = try integerIfPresent("sliding_window", in: ModelLimits.positions)
    return size ?? (contains("sliding_window") ? nil : defaultSize)
  }

  /// The window of each layer of Qwen2 and Qwen3: on the layers of `layer_types`, else on those from `max_window_layers` on,
  /// and only where `use_sliding_window`.
  func qwenWindows(layerCount: Int) throws(ModelFileError) -> [Int?] {
    let size = try slidingWindow(defaultSize: 4096)
    let none = [Int?](repeating: nil, count: layerCount)
    // The types of layers count only where windows are used.
    _ = contains("layer_types")
    guard try boolIfPresent("use_sliding_window") ?? false, let size else { return none }
    if let layers = try slidingLayers(layerCount: layerCount) { return layers.map { $0 ? size : nil } }
    let first = try integerIfPresent("max_window_layers", in: 0...ModelLimits.layers.upperBound) ?? 28
    return (0..<layerCount).map { $0 >= first ? size : nil }
  }

  /// Which layers `layer_types` gives a window; nil where the key is absent.
  func slidingLayers(layerCount: Int) throws(ModelFileError) -> [Bool]? {
    guard let types = try stringsIfPresent("layer_types") else { return nil }
    guard types.count == layerCount else {
      throw wrong(
        "layer_types", .array(types.map(JSONValue.text)), "one entry for each of \(layerCount) layers")
    }
    var layers: [Bool] = []
    for type in types {
      guard type == "sliding_attention" || type == "full_attention" else {
        throw wrong("layer_types", .text(type), "sliding_attention or full_attention")
      }
      layers.append(type == "sliding_attention")
    }
    return layers
  }
}
