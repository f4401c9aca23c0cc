import Foundation
import QuireTensorFormats
import QuireTestSupport
import Testing

@testable import QuireConversion
@testable import QuireModels

@Suite("The mix of formats")
struct FormatMixTests {
  private struct Goldens: Decodable {
    let formats: [String: String]
    let models: [String: Model]
  }

  private struct Model: Decodable {
    let sizes: Sizes
    /// For each format and kind of matrix a letter a layer, or one for all.
    let mixes: [String: [String: String]]
  }

  private struct Sizes: Decodable {
    let architecture: String
    let layers, hidden, inner, heads, kv_heads: Int
    let tied: Bool
  }

  @Test("every matrix has the format that llama.cpp's own quantiser gives it")
  func mixes() throws {
    let data = try Data(contentsOf: TinyCheckpoint.goldens.appending(path: "accuracy/mixes.json"))
    let goldens = try JSONDecoder().decode(Goldens.self, from: data)
    #expect(goldens.models.count == 15)
    for (name, model) in goldens.models {
      for (format, parts) in model.mixes {
        let mix = try FormatMix(
          #require(ConversionFormat(name: format)), decoder(model.sizes),
          architecture: model.sizes.architecture)
        for (part, letters) in parts {
          let isLayers = part != "output" && part != "token_embd"
          for layer in 0..<(isLayers ? model.sizes.layers : 1) {
            let letter = letters.count == 1 ? letters : String(Array(letters)[layer])
            let tensor = isLayers ? "blk.\(layer).\(part).weight" : "\(part).weight"
            let found = mix.format(
              ofTensor: tensor, columnCount: part == "ffn_down" ? model.sizes.inner : model.sizes.hidden)
            #expect(found.name == goldens.formats[letter], "\(name), \(format): \(tensor)")
          }
        }
      }
    }
  }

  private func decoder(_ sizes: Sizes) -> DecoderSizes {
    DecoderSizes(
      architecture: sizes.architecture, hiddenSize: sizes.hidden, intermediateSize: sizes.inner,
      layerCount: sizes.layers, attentionHeadCount: sizes.heads, keyValueHeadCount: sizes.kv_heads,
      headDimension: sizes.hidden / sizes.heads, vocabularySize: 64, maxPositionCount: 256, epsilon: 1e-5,
      tiesEmbedding: sizes.tied)
  }
}
