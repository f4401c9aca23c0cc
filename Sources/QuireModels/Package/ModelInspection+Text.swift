import QuireModelFiles

extension ModelInspection {
  /// A description for people, one fact a line.
  ///
  /// - Parameter chatWay: how prompts of conversations are made, and why; nil where that is not known.
  package func text(chatWay: String?) -> String {
    var lines: [(String, String)] = [("model", printable(name)), ("path", path), ("container", container)]
    if let architecture { lines.append(("architecture", printable(architecture))) }
    if let plan { lines += Self.lines(plan) }
    if let quantization = plan?.quantization { lines.append(("quantisation", quantization.summary)) }
    lines.append(("tokenizer", tokenizerKind ?? "none"))
    if let chatTemplate {
      lines.append(("chat template", "\(chatTemplate.unicodeScalars.count) characters"))
      if let chatWay { lines.append(("chat prompts", printable(chatWay))) }
    } else {
      lines.append(("chat template", "none"))
    }
    for (index, token) in (specialTokens ?? []).enumerated() {
      let roles = token.roles.isEmpty ? "" : " " + token.roles.joined(separator: ", ")
      lines.append((index == 0 ? "special tokens" : "", "\(token.id) \(printable(token.text))\(roles)"))
    }
    lines.append(("parameters", "\(parameterCount) in \(tensors.count) tensors"))
    for format in formats {
      let note = format.isSupported ? "" : " (not supported)"
      lines.append(
        (
          "format",
          "\(format.name): \(format.tensorCount) \(format.tensorCount == 1 ? "tensor" : "tensors"), \(Self.size(format.byteCount))\(note)"
        ))
    }
    lines.append(("files", Self.size(fileByteCount)))
    lines.append(("memory", Self.size(floatWeightByteCount) + " for the weights in single precision"))
    if let bytes = keyValueByteCountPerToken {
      lines.append(("", Self.size(bytes) + " a token in a single-precision KV cache"))
    }
    for (index, group) in (layerGroups ?? []).enumerated() {
      let sight = group.window.map { "a window of \($0) tokens" } ?? "all tokens before a token"
      lines.append(
        (
          index == 0 ? "KV cache" : "",
          "\(Self.layers(group.layerCount)) over \(sight): \(Self.size(group.byteCountPerToken)) a token, "
            + "\(Self.size(group.byteCountOfLongestText)) for the longest text"
        ))
    }
    for warning in warnings { lines.append(("warning", warning.description)) }
    lines.append(("verdict", refusal.map { "refused: \($0)" } ?? "can be run"))
    return lines.map { label, value in
      (label + String(repeating: " ", count: 16 - label.count) + value) + "\n"
    }.joined()
  }

  private static func lines(_ plan: ModelPlan) -> [(String, String)] {
    let (sizes, rotary) = (plan.sizes, plan.rotaries[0])
    return [
      (
        "shape",
        "\(layers(sizes.layerCount)), hidden \(sizes.hiddenSize), feed-forward \(sizes.intermediateSize), "
          + "\(sizes.attentionHeadCount) heads (\(sizes.keyValueHeadCount) for keys and values) of \(sizes.headDimension)"
      ),
      (
        "vocabulary",
        "\(sizes.vocabularySize) tokens, output head "
          + (sizes.tiesEmbedding ? "tied to the embedding" : "of its own")
      ),
      (
        "positions",
        "\(sizes.maxPositionCount), RoPE base \(rotary.theta), scaling \(rotary.scaling.name)"
      ),
    ]
  }

  private static func layers(_ count: Int) -> String { "\(count) \(count == 1 ? "layer" : "layers")" }

  /// Bytes in the largest binary unit that leaves at least 1, with one decimal.
  static func size(_ byteCount: Int) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"]
    var value = Double(byteCount)
    var unit = "bytes"
    for next in units where value >= 1024 {
      value /= 1024
      unit = next
    }
    if unit == "bytes" { return "\(byteCount) bytes" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) \(unit)"
  }
}
