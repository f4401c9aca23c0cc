import QuireJSON
import QuireModelFiles

extension WeightQuantization {
  /// AWQ as AutoAWQ and llm-compressor's exports write it, in the packing of its GEMM kernels.
  ///
  /// Source: Lin et al. 2023, arXiv 2306.00978; `WQLinear_GEMM` of AutoAWQ.
  static func awq(_ document: JSONDocument) throws(ModelFileError) -> WeightQuantization {
    let version = try document.stringIfPresent("version") ?? "gemm"
    guard version.lowercased() == "gemm" else {
      throw document.wrong(
        "version", .text(version), "gemm",
        remedy: "take the checkpoint in the packing of GEMM, or a GGUF file")
    }
    try document.refuse("backend", unless: [.text("autoawq")], expected: "autoawq")
    let bitCount = try document.bitCount(["bits", "w_bit"], method: "AWQ")
    guard bitCount == 4 else {
      let key = document["bits"] == nil ? "w_bit" : "bits"
      throw document.wrong(key, .integer(bitCount), "4, which AWQ's packing is for")
    }
    if try document.boolIfPresent("zero_point") == false {
      throw document.wrong("zero_point", .bool(false), "true: AWQ's packing has zero points")
    }
    let groupKey = document["group_size"] == nil ? "q_group_size" : "group_size"
    let groupSize = document[groupKey] == nil ? 128 : try document.groupSize(groupKey)
    let kept = try document.stringsIfPresent("modules_to_not_convert") ?? []
    document.passOver([
      "do_fuse", "fuse_max_seq_len", "modules_to_fuse", "exllama_config", "quant_method", "fused_modules",
    ])
    return WeightQuantization(
      summary: "AWQ, 4 bits, " + (groupSize.map { "groups of \($0)" } ?? "a scale a row"),
      rules: kept.map { (.part($0), nil) },
      fallback: QuantizationScheme(container: .awq, bitCount: 4, groupSize: groupSize, isSymmetric: false))
  }
}
