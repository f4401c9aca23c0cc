import Foundation
import QuireModelFiles
import QuireModels
import Testing

@Suite("Model packages")
struct ModelPackageTests {
  @Test("a directory with one .gguf file and no config.json is that file; with two, an error")
  func directoryWithGGUF() throws {
    let folder = try Folder()
    try folder.write("a.gguf", GGUFFixture.model().bytes())
    #expect(try ModelPackage.open(folder.path).layout == .gguf)
    try folder.write("b.gguf", GGUFFixture.model().bytes())
    let message = refusal { () throws(ModelFileError) in _ = try ModelPackage.open(folder.path) }
    #expect(message?.contains("2 .gguf files") == true)
  }

  @Test("what is no model at all is an error: nothing there, an empty directory, an empty file")
  func noModel() throws {
    let folder = try Folder()
    for path in [folder.path, folder.path + "/none", try folder.write("empty.gguf", "")] {
      #expect(throws: ModelFileError.self) { try ModelPackage.open(path) }
    }
  }

  @Test("generation_config.json counts, and config.json's ids where it is absent")
  func generation() throws {
    var fixture = CheckpointFixture.model()
    let folder = try Folder()
    try fixture.write(to: folder)
    let defaults = try ModelPackage.open(folder.path).generationDefaults
    #expect(defaults.eosTokenIDs == [2, 3])
    #expect(defaults.bosTokenID == 1)
    #expect(defaults.topP == 0.9)
    #expect(defaults.temperature == nil)
    fixture.files["generation_config.json"] = nil
    let bare = try Folder()
    try fixture.write(to: bare)
    #expect(try ModelPackage.open(bare.path).generationDefaults.eosTokenIDs == [2])
  }

  @Test(
    "all templates of a model are there by name, files before the configuration, and the tokens that they write"
  )
  func namedTemplates() throws {
    var fixture = CheckpointFixture.model()
    fixture.files["tokenizer_config.json"] = """
      {"chat_template": [{"name": "rag", "template": "R"}, {"name": "tool_use", "template": "T"}],
       "bos_token": {"content": "<s>"}, "pad_token": "<pad>", "add_bos_token": true,
       "extra_special_tokens": {"image_token": "<image>"}}
      """
    fixture.files["chat_template.jinja"] = "D"
    let folder = try Folder()
    try fixture.write(to: folder)
    try FileManager.default.createDirectory(
      atPath: folder.path + "/chat_templates", withIntermediateDirectories: true)
    for (name, text) in [("rag.jinja", "R2"), ("notes.txt", "N")] {
      try text.write(toFile: "\(folder.path)/chat_templates/\(name)", atomically: true, encoding: .utf8)
    }
    let settings = try ModelPackage.open(folder.path).tokenizerSettings
    #expect(settings.chatTemplates == ["default": "D", "rag": "R2", "tool_use": "T"])
    #expect(
      settings.specialTokens == ["bos_token": "<s>", "pad_token": "<pad>", "image_token": "<image>"])
  }

  @Test(
    "the chat template is the text, the default of a list, or the file beside it",
    arguments: [
      ("{\"chat_template\": \"A\"}", nil, "A"),
      (
        "{\"chat_template\": [{\"name\": \"tool_use\", \"template\": \"B\"}, {\"name\": \"default\", \"template\": \"A\"}]}",
        nil, "A"
      ),
      ("{\"chat_template\": \"B\"}", "A", "A"),
      ("{}", "A\n", "A\n"),
      ("{\"chat_template\": null}", nil, nil),
    ] as [(String, String?, String?)])
  func chatTemplate(settings: String, file: String?, expected: String?) throws {
    var fixture = CheckpointFixture.model()
    fixture.files["tokenizer_config.json"] = settings
    fixture.files["chat_template.jinja"] = file
    let folder = try Folder()
    try fixture.write(to: folder)
    #expect(try ModelPackage.open(folder.path).tokenizerSettings.chatTemplate == expected)
  }

  @Test("special tokens are texts or objects with content, and the map fills in what the settings lack")
  func specialTokens() throws {
    var fixture = CheckpointFixture.model()
    fixture.files["tokenizer_config.json"] =
      "{\"bos_token\": {\"content\": \"<s>\"}, \"add_bos_token\": true}"
    fixture.files["special_tokens_map.json"] = "{\"bos_token\": \"x\", \"eos_token\": \"</s>\"}"
    let folder = try Folder()
    try fixture.write(to: folder)
    let settings = try ModelPackage.open(folder.path).tokenizerSettings
    #expect(settings.bosToken == "<s>")
    #expect(settings.eosToken == "</s>")
    #expect(settings.addBOS == true)
  }

  @Test("a .tiktoken file is the vocabulary where there is no tokenizer.json")
  func tiktoken() throws {
    var fixture = CheckpointFixture.model()
    fixture.files["tokenizer.json"] = nil
    fixture.files["qwen.tiktoken"] = ""
    let folder = try Folder()
    try fixture.write(to: folder)
    guard case .tiktoken(let path) = try ModelPackage.open(folder.path).tokenizerSource else {
      Issue.record("no tiktoken")
      return
    }
    #expect(path == folder.path + "/qwen.tiktoken")
  }

  @Test(
    "first-generation Qwen's generation_config.json says that chats are ChatML, where there is no template")
  func chatFormat() throws {
    func package(_ generation: String, template: String? = nil) throws -> ModelPackage {
      var fixture = CheckpointFixture.model()
      fixture.files["generation_config.json"] = generation
      fixture.files["chat_template.jinja"] = template
      let folder = try Folder()
      try fixture.write(to: folder)
      return try ModelPackage.open(folder.path)
    }
    let chat = try package("{\"chat_format\": \"chatml\", \"max_window_size\": 6144}")
    #expect(chat.tokenizerSettings.chatTemplate == TokenizerSettings.chatMLTemplate)
    #expect(chat.generationDefaults.maxWindowSize == 6144)
    #expect(try package("{\"chat_format\": \"raw\"}").tokenizerSettings.chatTemplate == nil)
    #expect(
      try package("{\"chat_format\": \"chatml\"}", template: "A").tokenizerSettings.chatTemplate == "A")
    #expect(throws: ModelFileError.self) { try package("{\"max_window_size\": 0}") }
  }

  @Test("shards are read as one checkpoint, each tensor from its own file")
  func shards() throws {
    let whole = CheckpointFixture.model()
    var first = CheckpointFixture()
    var second = CheckpointFixture()
    var map: [String] = []
    for (index, entry) in whole.entries.enumerated() {
      let shape = entry.shape.dropFirst().dropLast().split(separator: ",").map {
        Int($0.trimmingCharacters(in: .whitespaces))!
      }
      let size = entry.dtype == "F32" ? 4 : 2
      if index % 2 == 0 {
        first.add(entry.name, shape, dtype: entry.dtype, elementByteCount: size)
      } else {
        second.add(entry.name, shape, dtype: entry.dtype, elementByteCount: size)
      }
      map.append("\"\(entry.name)\": \"model-\(index % 2).safetensors\"")
    }
    let folder = try Folder()
    for (name, text) in whole.files { try folder.write(name, text) }
    try folder.write("model-0.safetensors", first.bytes)
    try folder.write("model-1.safetensors", second.bytes)
    let index = { (map: [String]) in
      "{\"metadata\": {}, \"weight_map\": {" + map.joined(separator: ", ") + "}}"
    }
    try folder.write("model.safetensors.index.json", index(map))
    let package = try ModelPackage.open(folder.path)
    #expect(package.tensors.tensors.count == whole.entries.count)
    #expect(package.tensors.filePaths.count == 2)
    for tensor in package.tensors.tensors.values { _ = try package.tensors.floats(of: tensor) }

    let wrong: [(String, [String])] = [
      ("not listed", Array(map.dropLast())), ("missing from shard", map + ["\"x\": \"model-0.safetensors\""]),
      ("not listed", [map[0].replacing("model-0", with: "model-1")] + map.dropFirst()),
    ]
    for (word, map) in wrong {
      try folder.write("model.safetensors.index.json", index(map))
      let message = refusal { () throws(ModelFileError) in _ = try ModelPackage.open(folder.path) }
      #expect(message?.contains(word) == true)
    }
    try folder.write("model.safetensors.index.json", index(map))
    second.add(first.entries[0].name, [8, 8])
    try folder.write("model-1.safetensors", second.bytes)
    #expect(throws: ModelFileError.self) { try ModelPackage.open(folder.path) }
  }

  @Test("old tables of rotation frequencies and a head that is tied are left aside")
  func harmlessTensors() throws {
    var fixture = CheckpointFixture.model()
    fixture.add("model.layers.0.self_attn.rotary_emb.inv_freq", [2])
    fixture.add("lm_head.weight", [8, 8])
    let folder = try Folder()
    try fixture.write(to: folder)
    #expect(try ModelPackage.open(folder.path).plan.sizes.tiesEmbedding)
  }

  @Test(
    "expected tensors have the layout's names, without repeats",
    arguments: [("llama", 9), ("qwen2", 12), ("qwen3", 11)])
  func expectedTensors(architecture: String, perLayer: Int) throws {
    let folder = try Folder()
    let path = try folder.write("model.gguf", GGUFFixture.model(architecture: architecture).bytes())
    let names = try ModelPackage.open(path).plan.expectedTensors.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(names.count == 2 + perLayer)
    #expect(names.count { $0.hasPrefix("blk.0.") } == perLayer)
  }
}
