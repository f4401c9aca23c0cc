import QuireModelFiles
import Testing

@Suite("Names of models on hubs")
struct ModelReferenceTests {
  @Test("a name has a revision behind @ and a file behind a colon, both if wanted")
  func parts() throws {
    let whole = try #require(ModelReference("Org/Name-1.5@refs/pr/3:sub/model-Q4_K_M.gguf"))
    #expect(whole.id == "Org/Name-1.5")
    #expect(whole.revision == "refs/pr/3")
    #expect(whole.selector == "sub/model-Q4_K_M.gguf")
    #expect(whole.text == "Org/Name-1.5@refs/pr/3:sub/model-Q4_K_M.gguf")
    #expect(ModelReference("gpt2")?.components == ["gpt2"])
  }

  @Test(
    "what would leave the cache, or is no name, is none",
    arguments: [
      "", "/", "a/", "/a", "a/b/c", "../b", "a/..", ".a/b", "a b/c", "a/b@", "a/b@../x", "a/b@/x", "a/b:",
      "a/b:..",
      "a/b:x/../../y", "a/b:x\\y", "a/b:x\u{1}y", "ä/b",
    ])
  func refused(text: String) {
    #expect(ModelReference(text) == nil)
  }

  @Test("a quantisation is found by its name as a word, whatever the case; parts of a model belong together")
  func quantisations() {
    let names = [
      "a-1.5b-q4_0.gguf", "a-1.5b-q4_k_m-00001-of-00002.gguf", "a-1.5b-q4_k_m-00002-of-00002.gguf",
      "a-1.5b-IQ4_XS.gguf", "BF16/a-BF16.gguf", "mmproj-a.gguf", "a.imatrix.gguf", "README.md",
    ]
    #expect(GGUFChoice.models(names).count == 4)
    #expect(GGUFChoice.models(names, matching: "Q4_K_M") == [[names[1], names[2]]])
    #expect(GGUFChoice.models(names, matching: names[2]) == [[names[1], names[2]]])
    #expect(GGUFChoice.models(names, matching: "bf16") == [["BF16/a-BF16.gguf"]])
    #expect(GGUFChoice.models(names, matching: "a-BF16.gguf") == [["BF16/a-BF16.gguf"]])
    #expect(GGUFChoice.models(names, matching: "q4").count == 3)
    #expect(GGUFChoice.models(names, matching: "Q8_0").isEmpty)
    for model in GGUFChoice.models(names) {
      let selector = GGUFChoice.selector(model, of: names)
      #expect(GGUFChoice.models(names, matching: selector) == [model], "\(selector)")
    }
  }
}
