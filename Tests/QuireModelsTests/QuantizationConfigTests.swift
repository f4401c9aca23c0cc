import Foundation
import QuireKernels
import QuireModelFiles
import QuireModels
import QuireTestSupport
import Testing

@Suite("Configurations of quantised checkpoints")
struct QuantizationConfigTests {
  private static let weights = "\"weights\": {\"num_bits\": 4, \"group_size\": 32}"
  private static func compressed(_ group: String, _ more: String = "") -> String {
    "\"quant_method\": \"compressed-tensors\", \"format\": \"pack-quantized\", \"config_groups\": {\"g\": {\(group)}}\(more)"
  }

  @Test(
    "what cannot be computed is refused by the key, the value and what is supported",
    arguments: [
      ("\"quant_method\": \"bitsandbytes\"", ["quant_method", "bitsandbytes", "gptq, awq"]),
      ("\"load_in_4bit\": true", ["load_in_4bit", "bitsandbytes"]),
      ("\"quant_method\": \"fp8\"", ["quant_method", "fp8"]),
      ("\"quant_method\": \"hqq\"", ["quant_method", "hqq"]),
      ("\"quant_method\": \"exl2\"", ["quant_method", "exl2"]),
      ("\"quant_method\": \"marlin\"", ["quant_method", "marlin"]),
      ("\"quant_method\": 4", ["quant_method", "a string"]),
      ("\"bits\": 4", ["quant_method", "missing"]),
      ("\"quant_method\": \"gptq\"", ["quantization_config.bits", "missing"]),
      ("\"quant_method\": \"gptq\", \"bits\": 3", ["bits", "3", "4 or 8"]),
      ("\"quant_method\": \"gptq\", \"bits\": 2", ["bits", "2", "4 or 8"]),
      ("\"quant_method\": \"gptq\", \"bits\": \"4\"", ["bits", "4 or 8"]),
      ("\"quant_method\": \"gptq\", \"bits\": 99999999999999999999", ["bits", "4 or 8"]),
      ("\"quant_method\": \"gptq\", \"bits\": 4, \"group_size\": 0", ["group_size", "0"]),
      ("\"quant_method\": \"gptq\", \"bits\": 4, \"group_size\": -2", ["group_size", "-2"]),
      ("\"quant_method\": \"gptq\", \"bits\": 4, \"group_size\": 1e300", ["group_size"]),
      ("\"quant_method\": \"gptq\", \"bits\": 4, \"desc_act\": 1", ["desc_act", "true or false"]),
      (
        "\"quant_method\": \"gptq\", \"bits\": 4, \"checkpoint_format\": \"marlin\"",
        ["checkpoint_format", "marlin"]
      ),
      ("\"quant_method\": \"gptq\", \"bits\": 4, \"is_marlin_format\": true", ["is_marlin_format"]),
      ("\"quant_method\": \"gptq\", \"bits\": 4, \"pack_dtype\": \"int8\"", ["pack_dtype", "int8", "int32"]),
      ("\"quant_method\": \"gptq\", \"bits\": 4, \"rotation\": \"hadamard\"", ["rotation", "hadamard"]),
      (
        "\"quant_method\": \"gptq\", \"bits\": 4, \"dynamic\": {\"+:(a)\\\\1\": {}}",
        ["dynamic.+:(a)\\1", "expression"]
      ),
      (
        "\"quant_method\": \"gptq\", \"bits\": 4, \"dynamic\": {\"a\": {\"bits\": 5}}",
        ["dynamic.a.bits", "5"]
      ),
      ("\"quant_method\": \"gptq\", \"bits\": 4, \"dynamic\": []", ["dynamic", "an object"]),
      (
        "\"quant_method\": \"gptq\", \"bits\": 4, \"modules_in_block_to_quantize\": [[3]]",
        ["modules_in_block_to_quantize"]
      ),
      ("\"quant_method\": \"awq\", \"bits\": 4, \"version\": \"gemv\"", ["version", "gemv", "gemm"]),
      ("\"quant_method\": \"awq\", \"bits\": 4, \"backend\": \"llm-awq\"", ["backend", "llm-awq"]),
      ("\"quant_method\": \"awq\", \"bits\": 8", ["bits", "8", "4"]),
      ("\"quant_method\": \"awq\", \"bits\": 4, \"zero_point\": false", ["zero_point", "false"]),
      ("\"quant_method\": \"compressed-tensors\"", ["config_groups", "missing"]),
      (compressed("\"targets\": [\"Linear\"]"), ["config_groups.g.weights", "missing"]),
      (
        compressed("\"weights\": {\"num_bits\": 4, \"strategy\": \"tensor\"}"),
        ["strategy", "tensor", "channel"]
      ),
      (compressed("\"weights\": {\"num_bits\": 4, \"strategy\": \"group\"}"), ["group_size", "missing"]),
      (compressed("\"weights\": {\"num_bits\": 8, \"type\": \"float\"}"), ["type", "float"]),
      (compressed(weights + ", \"input_activations\": {\"num_bits\": 8}"), ["input_activations", "W4A16"]),
      (compressed(weights + ", \"format\": \"marlin-24\""), ["format", "marlin-24", "pack-quantized"]),
      (compressed(weights + ", \"targets\": [\"re:(\"]"), ["targets", "("]),
      (compressed(weights, ", \"kv_cache_scheme\": {\"num_bits\": 8}"), ["kv_cache_scheme"]),
      (
        compressed(weights, ", \"sparsity_config\": {\"format\": \"sparse-24\"}"),
        ["sparsity_config.format", "sparse-24"]
      ),
      (compressed(weights, ", \"quantization_status\": \"frozen\""), ["quantization_status", "frozen"]),
      (compressed(weights, ", \"transform_config\": {\"config_groups\": {}}"), ["transform_config"]),
    ])
  func refusals(config: String, mentions: [String]) {
    let error = refusal("LlamaForCausalLM", modelType: "llama", "\"quantization_config\": {\(config)}")
    for word in mentions { #expect(error.contains(word), "\(error)") }
  }

  @Test("null is no quantisation")
  func null() throws {
    #expect(
      try plan("LlamaForCausalLM", modelType: "llama", "\"quantization_config\": null").quantization == nil)
  }

  /// A safetensors file whose header and data are changed.
  private struct Tensors {
    var header: [String: [String: Any]]
    var data: Data

    init(_ path: String) throws {
      let file = try Data(contentsOf: URL(filePath: path))
      let length = Int(
        file.prefix(8).enumerated().reduce(UInt64(0)) { $0 | UInt64($1.1) << (8 * UInt64($1.0)) })
      let object = try JSONSerialization.jsonObject(with: file[8..<8 + length])
      header = object as? [String: [String: Any]] ?? [:]
      data = Data(file.dropFirst(8 + length))
    }

    func write(_ path: String) throws {
      let text = try JSONSerialization.data(withJSONObject: header)
      var length = UInt64(text.count).littleEndian
      try (withUnsafeBytes(of: &length) { Data($0) } + text + data).write(to: URL(filePath: path))
    }

    /// Gives a tensor another name.
    mutating func rename(_ name: String, _ other: String) { header[other] = header.removeValue(forKey: name) }
  }

  private static let layer = "model.layers.0.self_attn.q_proj"
  private static let ordered = "gptq-qwen2-ordered"
  private static let awq = "awq-llama"
  private static let words = "compressed-llama"

  @Test("tensors that disagree with the configuration are refused by name")
  func defects() throws {
    let layer = Self.layer
    let changes: [(String, [String], (inout Tensors) -> Void)] = [
      (Self.ordered, [layer + ".qzeros", "missing"], { $0.rename(layer + ".qzeros", "x") }),
      (Self.ordered, [layer + ".g_idx", "missing"], { $0.rename(layer + ".g_idx", "x") }),
      (Self.ordered, [layer + ".scales", "missing"], { $0.rename(layer + ".scales", "x") }),
      (Self.ordered, [layer + ".qweight", "missing"], { $0.rename(layer + ".qweight", "x") }),
      (
        Self.ordered, [layer + ".qweight", "[64, 8]", "[8, 64]"],
        { $0.header[layer + ".qweight"]?["shape"] = [64, 8] }
      ),
      (
        Self.ordered, [layer + ".qweight", "F32", "I32"], { $0.header[layer + ".qweight"]?["dtype"] = "F32" }
      ),
      (Self.ordered, [layer + ".scales", "I16"], { $0.header[layer + ".scales"]?["dtype"] = "I16" }),
      (
        Self.ordered, [layer + ".g_idx", "group"],
        { tensors in
          let offsets = tensors.header[layer + ".g_idx"]?["data_offsets"] as? [Int] ?? [0, 0]
          tensors.data.replaceSubrange(
            tensors.data.startIndex + offsets[0]..<tensors.data.startIndex + offsets[0] + 4,
            with: [2, 0, 0, 0])
        }
      ),
      (
        Self.awq, [layer + ".qzeros", "[8, 2]", "[2, 8]"],
        { $0.header[layer + ".qzeros"]?["shape"] = [8, 2] }
      ),
      (
        Self.words, [layer + ".weight_shape", "[64, 64]"],
        { tensors in
          let offsets = tensors.header[layer + ".weight_shape"]?["data_offsets"] as? [Int] ?? [0, 0]
          tensors.data[tensors.data.startIndex + offsets[0]] = 63
        }
      ),
      (
        "mxfp4-llama", [layer + ".weight_scales", "255"],
        { tensors in
          let offsets = tensors.header[layer + ".weight_scales"]?["data_offsets"] as? [Int] ?? [0, 0]
          tensors.data[tensors.data.startIndex + offsets[0]] = 255
        }
      ),
    ]
    for (name, mentions, change) in changes {
      let checkpoint = try TinyCheckpoint(golden: name)
      let path = checkpoint.path + "/model.safetensors"
      var tensors = try Tensors(path)
      change(&tensors)
      try tensors.write(path)
      let error = #expect(throws: ModelFileError.self) {
        _ = try ModelRig.load(checkpoint.path, threadCount: 1, backend: .native)
      }
      for word in mentions {
        #expect(error?.description.contains(word) == true, "\(String(describing: error))")
      }
    }
  }

  @Test("a model says how it is quantised, and its integers are no formats that are not supported")
  func inspection() throws {
    let checkpoint = try TinyCheckpoint(golden: Self.ordered)
    let inspection = try ModelInspection.inspect(checkpoint.path)
    #expect(inspection.refusal == nil)
    #expect(!inspection.formats.contains { !$0.isSupported })
    #expect(
      inspection.text(chatWay: nil).contains(
        "GPTQ, 4 bits, groups of 32, inputs ordered by activation"))
    #expect(inspection.json(chatFormatName: nil, chatWay: nil).contains("\"quantization\":\"GPTQ, 4 bits"))
  }
}
