import QuireModelFiles
import Testing

@testable import QuireHub

@Suite struct FileSelectionTests {
  private func chosen(
    _ names: [String], _ spec: String = "Org/Name", _ selection: FileSelection = FileSelection()
  ) throws -> [String] {
    let files = names.map { HubFile(path: $0, byteCount: 1, checksum: nil, contentName: $0) }
    return try selection.choose(files, ModelReference(spec)!).chosen.map(\.path)
  }

  @Test("weights in other forms are left aside only where safetensors or GGUF stand beside them")
  func otherForms() throws {
    let rest = ["config.json", "tokenizer.model", "merges.txt", "qwen.tiktoken", "chat_template.jinja"]
    let other = ["pytorch_model.bin", "tf_model.h5", "onnx/model.onnx", "original/consolidated.00.pth"]
    #expect(try chosen(rest + ["model.safetensors"] + other) == rest + ["model.safetensors"])
    #expect(try chosen(rest + other) == rest + other)
    #expect(try chosen(["consolidated.safetensors", "params.json"]).count == 2)
    #expect(
      try chosen(["consolidated.safetensors", "model.safetensors", "model.Q4_0.gguf"]) == [
        "model.safetensors"
      ])
  }

  @Test("patterns decide alone where they are given; what is excluded goes last")
  func patterns() throws {
    let names = ["a.json", "b.json", "pytorch_model.bin", "model.safetensors"]
    #expect(try chosen(names, "Org/Name", FileSelection(include: ["*.json"], exclude: ["b*"])) == ["a.json"])
    #expect(try chosen(names, "Org/Name", FileSelection(include: ["*"])) == names)
    #expect(throws: HubError.self) { try chosen(names, "Org/Name", FileSelection(include: ["*.gguf"])) }
  }

  @Test("of several models in GGUF one has to be named, and takes all its parts")
  func quantisations() throws {
    let parts = ["big-Q8_0-00001-of-00002.gguf", "big-Q8_0-00002-of-00002.gguf"]
    let names = ["README.md", "big-Q4_K_M.gguf", "big-Q4_K_S.gguf", "mmproj-big-f16.gguf"] + parts
    let error = #expect(throws: HubError.self) { try chosen(names) }
    #expect(error?.kind == .usage)
    #expect(error?.description.contains("Q4_K_M, Q4_K_S, Q8_0") == true)
    #expect(try chosen(names, "Org/Name:q4_k_m") == ["big-Q4_K_M.gguf"])
    #expect(try chosen(names, "Org/Name:Q8_0") == parts)
    #expect(try chosen(names, "Org/Name:big-Q4_K_S.gguf") == ["big-Q4_K_S.gguf"])
    #expect(throws: HubError.self) { try chosen(names, "Org/Name:Q2_K") }
    #expect(throws: HubError.self) { try chosen(names, "Org/Name:Q4_K") }
    #expect(try chosen(["README.md", "one.Q4_0.gguf"]).count == 2)
  }
}
