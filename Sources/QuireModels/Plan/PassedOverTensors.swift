import QuireModelFiles

/// Tensors that a file may hold and nobody reads: without a word, with a warning, or not at all.
package struct PassedOverTensors: Sendable {
  /// Which rules of superfluous tensors count: those of Hugging Face transformers, or of llama.cpp.
  var layout: ModelLayout
  /// Layers of the model, numbered from 0.
  var layerCount: Int
  /// Copies of tensors that are read.
  var duplicates: Set<String> = []
  /// Tensors that are read, but not by what computes texts.
  var readElsewhere: Set<String> = []

  /// Whether the tensor says nothing that the rest does not: tables of rotation that older checkpoints carry, and copies.
  func isSilent(_ name: String) -> Bool {
    if duplicates.contains(name) || readElsewhere.contains(name) { return true }
    return switch layout {
    case .gguf: name.hasSuffix(".rot_embd") || name.hasSuffix(".attn_rot_embd")
    case .huggingFace: name.hasSuffix(".rotary_emb.inv_freq") || name.hasSuffix(".attn.masked_bias")
    }
  }

  /// Whether a tensor that the configuration does not imply would change what is computed, had it been read.
  ///
  /// In a checkpoint: parts of an adapter, and what a stored weight of the model would have to be multiplied by or
  /// replaced with. All else is left aside by Hugging Face transformers too (a value head, a head of several tokens, layers
  /// beyond the last, scales of a cache). In a GGUF file: whatever stands in one of the model's layers, as in llama.cpp.
  ///
  /// - Parameter names: the tensors that the configuration implies.
  func wouldCount(_ name: String, beside names: Set<String>) -> Bool {
    switch layout {
    case .gguf:
      let parts = name.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, parts[0] == "blk", let layer = Int(parts[1]) else { return false }
      return (0..<layerCount).contains(layer)
    case .huggingFace:
      if name.contains(".lora_") { return true }
      return name.indices.contains { end in
        name[end] == "." && names.contains(name[..<end] + ".weight")
          && Self.weightParts.contains { name[end...].dropFirst().hasPrefix($0) }
      }
    }
  }

  /// What follows a module's name where its weight is not what is stored under `weight` alone: GPTQ's, AWQ's,
  /// compressed-tensors' and bitsandbytes' tensors.
  private static let weightParts = [
    "qweight", "qzeros", "scales", "weight_scale", "weight_zero_point", "weight_packed", "weight.absmax",
    "weight.quant_", "weight.nested_", "SCB",
  ]
}
