package import QuireTensorFormats

/// The formats of converted files, under llama.cpp's names.
package enum ConversionFormat: String, Sendable, CaseIterable {
  case q8_0 = "Q8_0"
  case q4_0 = "Q4_0"
  case q4_1 = "Q4_1"
  case q4_K_M = "Q4_K_M"
  case bf16 = "BF16"
  case f16 = "F16"
  case f32 = "F32"

  /// The format of a name, whatever its case.
  package init?(name: String) {
    guard let format = Self.allCases.first(where: { $0.rawValue == name.uppercased() }) else { return nil }
    self = format
  }

  /// The number of `general.file_type`: llama.cpp's `enum llama_ftype`.
  var fileType: UInt32 {
    switch self {
    case .f32: 0
    case .f16: 1
    case .q4_0: 2
    case .q4_1: 3
    case .q8_0: 7
    case .q4_K_M: 15
    case .bf16: 32
    }
  }

  /// What most matrices are stored in.
  private var usual: TensorFormat {
    switch self {
    case .f32: .f32
    case .f16: .f16
    case .bf16: .bf16
    case .q8_0: .q8_0
    case .q4_0: .q4_0
    case .q4_1: .q4_1
    case .q4_K_M: .q4_K
    }
  }

  /// The format of one matrix, as llama.cpp's quantiser chooses it where nothing else is asked for.
  ///
  /// The output head, or an embedding that is tied to it, has Q6_K beside four-bit formats. Of a Q4_K_M file values and
  /// the ways down of the feed-forward part have Q6_K on the first and last eighth of the layers and on every third
  /// between. Rows that are no whole number of super-blocks take the next larger format in blocks of 32, and those that
  /// are no whole number of these F16. Source: `llama-quant.cpp` of llama.cpp.
  ///
  /// - Parameters:
  ///   - name: the tensor's name in GGUF.
  ///   - columnCount: elements of a row.
  ///   - layerCount: layers of the model.
  ///   - tiesEmbedding: whether the embedding is the output head.
  package func format(
    ofTensor name: String, columnCount: Int, layerCount: Int, tiesEmbedding: Bool
  ) -> TensorFormat {
    guard usual.isQuantized else { return usual }
    var format = usual
    if name == "output.weight" || (tiesEmbedding && name == "token_embd.weight") {
      let divides = columnCount % usual.blockElementCount == 0
      format = usual == .q8_0 || !divides ? .q8_0 : .q6_K
    } else if self == .q4_K_M, let (layer, part) = Self.layerAndPart(name) {
      let (first, rest) = (layerCount / 8, layer - layerCount / 8)
      let hasMoreBits = layer < first || layer >= 7 * layerCount / 8 || rest % 3 == 2
      switch part {
      case "attn_v", "attn_qkv":
        format = hasMoreBits ? .q6_K : layerCount == Self.layersOf70B ? .q5_K : .q4_K
      case "ffn_down": format = hasMoreBits ? .q6_K : .q4_K
      default: break
      }
    }
    return Self.fitting(format, columnCount: columnCount)
  }

  /// Models of so many layers have eight heads of queries to one of values, which therefore get a bit more.
  private static let layersOf70B = 80

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
      case .q5_K, .q6_K: .q8_0
      default: .f16
      }
    return columnCount % smaller.blockElementCount == 0 ? smaller : .f16
  }
}
