package import QuireModels
package import QuireTensorFormats

/// Which format each matrix of a converted file has, as llama.cpp's quantiser chooses it where nothing else is asked for.
///
/// The output head, or an embedding that is tied to it, has Q6_K beside four-bit formats. Of a Q4_K_M file values (also in one
/// projection with queries and keys) and the ways down of the feed-forward part have Q6_K on the first and last eighth of the
/// layers and on every third between. Rows that are no whole number of super-blocks take the next larger format in blocks of
/// 32, and those that are no whole number of these F16. Source: `llama-quant.cpp` of llama.cpp.
package struct FormatMix: Sendable {
  private let format: ConversionFormat
  private let layerCount: Int
  private let tiesEmbedding: Bool
  /// Whether llama.cpp takes the model for one of 70B, whose values serve eight heads and get a bit more.
  private let isOf70B: Bool

  /// The mix of a model.
  ///
  /// - Parameter architecture: that of the GGUF file.
  package init(_ format: ConversionFormat, _ sizes: DecoderSizes, architecture: String) {
    self.format = format
    layerCount = sizes.layerCount
    tiesEmbedding = sizes.tiesEmbedding
    let sharesValues = sizes.attentionHeadCount != sizes.keyValueHeadCount
    isOf70B = layerCount == 80 && (architecture == "qwen2" || (architecture == "llama" && sharesValues))
  }

  /// The format of one matrix.
  ///
  /// - Parameters:
  ///   - name: the tensor's name in GGUF.
  ///   - columnCount: elements of a row.
  package func format(ofTensor name: String, columnCount: Int) -> TensorFormat {
    let usual = usual
    guard usual.isQuantized else { return usual }
    var chosen = usual
    if name == "output.weight" || (tiesEmbedding && name == "token_embd.weight") {
      let divides = columnCount % usual.blockElementCount == 0
      chosen = usual == .q8_0 || !divides ? .q8_0 : .q6_K
    } else if format == .q4_K_M, let (layer, part) = Self.layerAndPart(name) {
      let (first, rest) = (layerCount / 8, layer - layerCount / 8)
      let hasMoreBits = layer < first || layer >= 7 * layerCount / 8 || rest % 3 == 2
      switch part {
      case "attn_v", "attn_qkv": chosen = hasMoreBits ? .q6_K : isOf70B ? .q5_K : .q4_K
      case "ffn_down": chosen = hasMoreBits ? .q6_K : .q4_K
      default: break
      }
    }
    return Self.fitting(chosen, columnCount: columnCount)
  }

  /// What most matrices are stored in.
  private var usual: TensorFormat {
    switch format {
    case .f32: .f32
    case .f16: .f16
    case .bf16: .bf16
    case .q8_0: .q8_0
    case .q4_0: .q4_0
    case .q4_1: .q4_1
    case .q4_K_M: .q4_K
    }
  }

  /// `(3, "attn_v")` of `blk.3.attn_v.weight`.
  private static func layerAndPart(_ name: String) -> (layer: Int, part: Substring)? {
    let fields = name.split(separator: ".")
    guard fields.count == 4, fields[0] == "blk", let layer = Int(fields[1]) else { return nil }
    return (layer, fields[2])
  }

  private static func fitting(_ format: TensorFormat, columnCount: Int) -> TensorFormat {
    if columnCount % format.blockElementCount == 0 { return format }
    let smaller: TensorFormat =
      switch format {
      case .q4_K: .q5_0
      case .q5_K: .q5_1
      case .q6_K: .q8_0
      default: .f16
      }
    return columnCount % smaller.blockElementCount == 0 ? smaller : .f16
  }
}
