import QuireJSON
import Foundation
import QuireModelFiles
import QuireModels
import Testing

@Suite("Inspection")
struct ModelInspectionTests {
  private func inspect(_ change: (inout GGUFFixture) -> Void = { _ in }) throws -> ModelInspection {
    var fixture = GGUFFixture.model()
    change(&fixture)
    let folder = try Folder()
    return try ModelInspection.inspect(try folder.write("model.gguf", fixture.bytes()))
  }

  @Test("a model that can be run is described with its formats, sizes and memory")
  func runnable() throws {
    let inspection = try inspect()
    #expect(inspection.refusal == nil)
    #expect(inspection.formats.map(\.name) == ["Q4_0", "F32"])
    #expect(inspection.formats.map(\.tensorCount) == [8, 3])
    #expect(inspection.parameterCount == 8 * 32 + 3 * 32 + 2 * 1024 + 2 * 512 + 3 * 1024)
    #expect(inspection.floatWeightByteCount == inspection.parameterCount * 4)
    #expect(inspection.keyValueByteCountPerToken == 2 * 16 * 4)
    #expect(inspection.tokenizerKind == "gguf gpt2 (smollm)")
    let text = inspection.text(chatWay: "chatml")
    for word in ["GGUF version 3", "1 layer, hidden 32", "chatml", "can be run", "RoPE base 500000.0"] {
      #expect(text.contains(word), "\(text)")
    }
  }

  @Test("a format that is not computed is described, and is the reason of the refusal")
  func unsupported() throws {
    let inspection = try inspect {
      $0.tensor("blk.0.attn_q.weight") {
        $0.type = 24
        $0.data = Array(repeating: 0, count: 1024)
      }
    }
    #expect(inspection.formats.first { $0.name == "I8" }?.isSupported == false)
    #expect(inspection.refusal?.description.contains("blk.0.attn_q.weight") == true)
    #expect(inspection.text(chatWay: nil).contains("refused: "))
    #expect(inspection.plan != nil)
  }

  @Test("an architecture that is not computed is named")
  func otherArchitecture() throws {
    let inspection = try inspect { $0.set("general.architecture", .string("mamba")) }
    #expect(inspection.architecture == "mamba")
    #expect(inspection.plan == nil)
    #expect(inspection.keyValueByteCountPerToken == nil)
    #expect(inspection.refusal?.description.contains("mamba") == true)
  }

  @Test("a damaged file is an error")
  func damaged() {
    #expect(throws: ModelFileError.self) { try inspect { $0.version = [9, 0, 0, 0] } }
  }

  @Test("JSON has a fixed order of keys, and is the same every time")
  func json() throws {
    let inspection = try inspect { $0.set("general.name", .string("a \"b\"\n\u{1}")) }
    let json = inspection.json(chatFormatName: nil)
    #expect(json == inspection.json(chatFormatName: nil))
    #expect(json.contains("\"name\":\"a \\\"b\\\"\\n\\u0001\""))
    let keys = [
      "path", "name", "container", "architecture", "config", "tokenizer", "chat_template", "chat_format",
      "chat_prompts",
      "parameters", "file_bytes", "weight_bytes_float32", "kv_bytes_per_token_float32",
      "layer_groups", "formats", "tensors",
      "warnings", "refusal",
    ]
    var rest = Substring(json)
    for key in keys {
      let place = try #require(rest.range(of: "\"\(key)\":"))
      rest = rest[place.upperBound...]
    }
    guard case .object(let members) = try JSONValue(parsing: Array(json.utf8), repeatedKeys: .refused) else {
      Issue.record("no object")
      return
    }
    #expect(members.count == keys.count)
    #expect(members["chat_format"] == .null)
  }

  @Test("layers are grouped by their windows, with what each group keeps of a text")
  func layerGroups() throws {
    let whole = try inspect()
    let all = try #require(whole.layerGroups?.first)
    #expect(whole.layerGroups?.count == 1 && all.layerCount == 1 && all.window == nil)
    #expect(all.byteCountPerToken == 128 && all.byteCountOfLongestText == 64 * 128)
    let folder = try Folder()
    var fixture = CheckpointFixture.model()
    fixture.config("\"LlamaForCausalLM\"", "\"MinistralForCausalLM\"")
    fixture.config("\"model_type\": \"llama\"", "\"model_type\": \"ministral\"")
    fixture.config(
      "\"hidden_size\": 8",
      "\"hidden_size\": 8, \"sliding_window\": 3, \"layer_types\": [\"sliding_attention\"]")
    try fixture.write(to: folder)
    let windowed = try ModelInspection.inspect(folder.path)
    let group = try #require(windowed.layerGroups?.first)
    #expect(group.window == 3 && group.byteCountOfLongestText == 3 * group.byteCountPerToken)
    #expect(windowed.text(chatWay: nil).contains("1 layer over a window of 3 tokens: "))
    #expect(windowed.json(chatFormatName: nil).contains("\"layer_groups\":[{\"layers\":1,\"window\":3,"))
    #expect(
      whole.text(chatWay: nil).contains("KV cache        1 layer over all tokens before a token: 128 bytes"))
    let refused = try inspect { $0.set("general.architecture", .string("mamba")) }
    #expect(refused.layerGroups == nil && refused.json(chatFormatName: nil).contains("\"layer_groups\":null"))
  }

  @Test("a checkpoint is described by its class")
  func checkpoint() throws {
    let folder = try Folder()
    try CheckpointFixture.model().write(to: folder)
    let inspection = try ModelInspection.inspect(folder.path)
    #expect(inspection.architecture == "LlamaForCausalLM")
    #expect(inspection.container == "Hugging Face, 1 file")
    #expect(inspection.tokenizerKind == "tokenizer.json")
    #expect(inspection.formats.map(\.name) == ["F32", "BF16", "F16"])
  }
}
