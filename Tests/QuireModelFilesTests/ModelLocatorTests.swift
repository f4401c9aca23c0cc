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
    "ModelScope's cache is found with and without its models folder, and with its spelling of dots",
    arguments: [
      ("MODELSCOPE_CACHE", "Org/Name-1.5"), ("MODELSCOPE_CACHE", "models/Org/Name-1.5"),
      ("MODELSCOPE_CACHE", "hub/Org/Name-1.5"), ("MODELSCOPE_CACHE", "models/Org/Name-1___5"),
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
    for spec in ["../..", "Org/..", "a/b/c", "name", ""] {
      let message = refusal { () throws(ModelFileError) in
        _ = try ModelLocator.resolve("x-\(spec)", environment: environment)
      }
      #expect(message?.contains("-cache/") != true)
    }
  }
}
