import Foundation
import QuireModelFiles
import Testing

@Suite("Model ids")
struct ModelLocatorTests {
  @Test("a path that exists is taken as it is")
  func path() throws {
    let folder = try Folder()
    #expect(try ModelLocator.resolve(folder.path, environment: [:]) == folder.path)
  }

  @Test(
    "the Hugging Face cache is where the environment says",
    arguments: [
      ("hub", "HF_HUB_CACHE", "hub"), ("hub", "HUGGINGFACE_HUB_CACHE", "hub"), ("hf/hub", "HF_HOME", "hf"),
      (".cache/huggingface/hub", "HOME", ""), ("huggingface/hub", "XDG_CACHE_HOME", ""),
    ])
  func huggingFace(cache: String, variable: String, value: String) throws {
    let folder = try Folder()
    let model = "\(cache)/models--Org--Some-Model.1"
    try folder.write("\(model)/refs/main", "abc123\n")
    try folder.write("\(model)/snapshots/abc123/config.json", "{}")
    try folder.write("\(model)/snapshots/older/config.json", "{}")
    let found = try ModelLocator.resolve(
      "Org/Some-Model.1", environment: [variable: folder.path + "/" + value])
    #expect(found.hasSuffix("models--Org--Some-Model.1/snapshots/abc123"))
  }

  @Test("without refs/main the only snapshot is taken")
  func onlySnapshot() throws {
    let folder = try Folder()
    try folder.write("models--A--B/snapshots/xyz/config.json", "{}")
    #expect(
      try ModelLocator.resolve("A/B", environment: ["HF_HUB_CACHE": folder.path]).hasSuffix("/snapshots/xyz"))
  }

  @Test(
    "a revision is a branch that refs notes, or a commit; one that is not there is not replaced by another")
  func revisions() throws {
    let folder = try Folder()
    let environment = ["HF_HUB_CACHE": folder.path]
    try folder.write("models--A--B/refs/refs/pr/1", "c0ffee")
    try folder.write("models--A--B/snapshots/c0ffee/config.json", "{}")
    #expect(try ModelLocator.resolve("A/B@refs/pr/1", environment: environment).hasSuffix("/c0ffee"))
    #expect(try ModelLocator.resolve("A/B@c0ffee", environment: environment).hasSuffix("/c0ffee"))
    let message = refusal { () throws(ModelFileError) in
      _ = try ModelLocator.resolve("A/B@v2", environment: environment)
    }
    #expect(message?.contains("`quire pull A/B@v2`") == true)
  }

  @Test("of several GGUF files one is named by its quantisation; none is taken by chance")
  func quantisations() throws {
    let folder = try Folder()
    let environment = ["HF_HUB_CACHE": folder.path]
    let snapshot = "models--A--B-GGUF/snapshots/c0ffee"
    try folder.write("\(snapshot)/b-Q4_0.gguf", "")
    #expect(try ModelLocator.resolve("A/B-GGUF", environment: environment).hasSuffix("/b-Q4_0.gguf"))
    try folder.write("\(snapshot)/config.json", "{}")
    #expect(try ModelLocator.resolve("A/B-GGUF", environment: environment).hasSuffix("/b-Q4_0.gguf"))
    try folder.write("\(snapshot)/b-Q8_0-00001-of-00002.gguf", "")
    try folder.write("\(snapshot)/b-Q8_0-00002-of-00002.gguf", "")
    #expect(
      try ModelLocator.resolve("A/B-GGUF:q8_0", environment: environment).hasSuffix(
        "/b-Q8_0-00001-of-00002.gguf")
    )
    for (spec, told) in [
      ("A/B-GGUF", "A/B-GGUF:Q4_0, A/B-GGUF:Q8_0"), ("A/B-GGUF:Q6_K", "A/B-GGUF:Q4_0"),
      ("A/B-GGUF:Q", "2 models"),
    ] {
      let message = refusal { () throws(ModelFileError) in
        _ = try ModelLocator.resolve(spec, environment: environment)
      }
      #expect(message?.contains(told) == true, "\(message ?? "")")
    }
  }

  @Test("a tilde at the start of a variable is the home directory")
  func tilde() throws {
    let folder = try Folder()
    try folder.write("hf/hub/models--A--B/snapshots/xyz/config.json", "{}")
    let environment = ["HF_HOME": "~/hf", "HOME": folder.path]
    #expect(try ModelLocator.resolve("A/B", environment: environment).hasPrefix(folder.path))
  }

  @Test(
    "ModelScope's cache is found with and without its models folder, and with its spelling of dots",
    arguments: [
      ("MODELSCOPE_CACHE", "Org/Name-1.5"), ("MODELSCOPE_CACHE", "models/Org/Name-1.5"),
      ("MODELSCOPE_CACHE", "hub/Org/Name-1.5"), ("MODELSCOPE_CACHE", "models/Org/Name-1___5"),
      ("MODELSCOPE_CACHE", "models/Org--Name-1.5/snapshots/master"),
      ("HOME", ".cache/modelscope/models/Org--Name-1.5/snapshots/master"),
      ("HOME", ".cache/modelscope/hub/models/Org/Name-1.5"), ("HOME", ".cache/modelscope/hub/Org/Name-1___5"),
    ])
  func modelScope(variable: String, place: String) throws {
    let folder = try Folder()
    try folder.write(place + "/config.json", "{}")
    let found = try ModelLocator.resolve("Org/Name-1.5", environment: [variable: folder.path])
    #expect(found == folder.path + "/" + place)
  }

  @Test("what is nowhere is an error that lists every place; ids never climb out of the cache")
  func nowhere() throws {
    let environment = ["HF_HUB_CACHE": "/hub-cache", "MODELSCOPE_CACHE": "/scope-cache"]
    let message = refusal { () throws(ModelFileError) in
      _ = try ModelLocator.resolve("Org/Name", environment: environment)
    }
    #expect(message?.contains("/hub-cache/models--Org--Name/snapshots/main") == true)
    #expect(message?.contains("/scope-cache/models/Org/Name") == true)
    for spec in ["../..", "Org/..", "a/b/c", "a/b@../..", "a/b:../c"] {
      let message = refusal { () throws(ModelFileError) in
        _ = try ModelLocator.resolve("x-\(spec)", environment: environment)
      }
      #expect(message?.contains("-cache/") != true)
    }
  }

  @Test(
    "what the caches list is what may be named: models with weights, each of several GGUF files, no file twice"
  )
  func listed() throws {
    let folder = try Folder()
    let environment = ["HF_HUB_CACHE": folder.path + "/hf", "MODELSCOPE_CACHE": folder.path + "/scope"]
    let snapshot = "hf/models--Org--Some.Model/snapshots/abc"
    try folder.write("hf/models--Org--Some.Model/blobs/1", "12345")
    try folder.write("\(snapshot)/config.json", "{}")
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/\(snapshot)/model.safetensors", withDestinationPath: "../../blobs/1")
    try folder.write("hf/models--Org--Words/snapshots/abc/tokenizer.json", "{}")
    try folder.write("hf/models--gpt2/snapshots/abc/model.safetensors", "123")
    try folder.write("hf/datasets--Org--Rows/snapshots/abc/model.safetensors", "123")
    for (name, text) in [("b-Q4_0", "1"), ("b-Q8_0-00001-of-00002", "12"), ("b-Q8_0-00002-of-00002", "12")] {
      try folder.write("hf/models--A--B-GGUF/snapshots/abc/\(name).gguf", text)
    }
    try folder.write("scope/models/Org/A___1/model.safetensors", "1234")
    try folder.write("scope/hub/models/Org--C/snapshots/master/model.safetensors", "12")
    let models = HubCaches(environment: environment).models()
    #expect(
      models.map { "\($0.hub.rawValue) \($0.name) \($0.byteCount)" } == [
        "huggingface A/B-GGUF:Q4_0 1", "huggingface A/B-GGUF:Q8_0 4", "huggingface Org/Some.Model 7",
        "huggingface gpt2 3", "modelscope Org/A.1 4", "modelscope Org/C 2",
      ])
    for model in models { _ = try ModelLocator.resolve(model.name, environment: environment) }
    #expect(HubCaches(environment: ["HOME": folder.path]).models().isEmpty)
  }
}
