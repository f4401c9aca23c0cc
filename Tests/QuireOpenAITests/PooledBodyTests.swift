import QuireJSON
import QuireRequests
import Testing

@testable import QuireOpenAI

@Suite("Bodies of embeddings, scores and ranks")
struct PooledBodyTests {
  private func prompts(_ body: any EndpointBody) -> [PooledInput] {
    ([body.request.prompt] + body.furtherPrompts).compactMap { prompt in
      guard case .pooled(let input) = prompt else { return nil }
      return input
    }
  }

  private func embedding(_ members: String) throws -> EmbeddingBody {
    try EmbeddingBody(BodyTests.fields("{\(members)}"), BodyDefaults())
  }

  private func defaults(_ form: PairForm) -> BodyDefaults {
    var defaults = BodyDefaults()
    defaults.pairForm = form
    return defaults
  }

  @Test(
    "numbers in base64 are their bytes, the least significant first",
    arguments: [
      ([Float](), ""), ([0], "AAAAAA=="), ([1], "AACAPw=="), ([1, -2.5], "AACAPwAAIMA="),
      ([0.1, 0.2, 0.3], "zczMPc3MTD6amZk+"),
    ])
  func base64(_ numbers: [Float], _ expected: String) {
    #expect(Base64.text(numbers) == expected)
  }

  @Test("an input is a text, ids, or a list of either")
  func inputs() throws {
    #expect(prompts(try embedding(#""input":"a""#)) == [PooledInput(.text("a"))])
    #expect(prompts(try embedding(#""input":["a","b"]"#)) == [.init(.text("a")), .init(.text("b"))])
    #expect(prompts(try embedding(#""input":[5,6]"#)) == [PooledInput(.tokenIDs([5, 6]))])
    #expect(
      prompts(try embedding(#""input":[[5],[6,7]]"#)) == [.init(.tokenIDs([5])), .init(.tokenIDs([6, 7]))])
    let body = try embedding(
      #""input":"a","dimensions":8.0,"truncate_prompt_tokens":-1,"add_special_tokens":false,"user":"u","model":"m""#
    )
    #expect(
      prompts(body) == [
        PooledInput(.text("a"), .embedding(dimensions: 8), tokenLimit: -1, addsSpecialTokens: false)
      ])
    #expect(body.request.fieldsWithoutEffect == ["user"] && body.name(ofPrompt: 3) == "input[3]")
    let many = Array(repeating: #""a""#, count: 2049).joined(separator: ",")
    #expect(throws: InputError.self) { try embedding(#""input":[\#(many)]"#) }
  }

  @Test("pairs are requests of their own, or the texts of both are")
  func pairs() throws {
    let fields = try BodyTests.fields(#"{"text_1":"q","text_2":["a","b"]}"#)
    let joined = try ScoreBody(fields, defaults(.joined))
    #expect(prompts(joined) == [.init(.text("qa"), .score), .init(.text("qb"), .score)])
    #expect(joined.name(ofPrompt: 1) == "text_2[1]")
    let apart = try ScoreBody(fields, defaults(.cosine))
    #expect(prompts(apart) == [.init(.text("q")), .init(.text("a")), .init(.text("b"))])
    #expect(apart.name(ofPrompt: 0) == "text_1" && apart.name(ofPrompt: 2) == "text_2[1]")
    let lists = try BodyTests.fields(#"{"text_1":["q","r"],"text_2":["a","b"]}"#)
    #expect(
      prompts(try ScoreBody(lists, defaults(.joined))) == [
        .init(.text("qa"), .score), .init(.text("rb"), .score),
      ])
    #expect(PooledInput.cosine([3, 4], [4, 3]) == 0.96 && PooledInput.cosine([0, 0], [1, 0]) == 0)
  }

  @Test(
    "urls name an endpoint by their ends",
    arguments: [
      ("/score", "/v1/score"), ("/v1/score", "/v1/score"), ("http://h/x/score?y", "/v1/score"),
      ("/rerank", "/v1/rerank"), ("/v1/rerank", "/v1/rerank"), ("/v2/rerank", "/v1/rerank"),
      ("https://h/v2/rerank/", "/v1/rerank"), ("/v1/embeddings", "/v1/embeddings"),
      ("/openai/deployments/m/embeddings?api-version=1", "/v1/embeddings"), ("/v1/scores", nil),
      ("/rerank/x", nil), ("/v1/audio/transcriptions", nil),
    ] as [(String, String?)])
  func urls(_ url: String, _ path: String?) {
    let bodies: [any EndpointBody.Type] = [EmbeddingBody.self, ScoreBody.self, RerankBody.self]
    #expect(bodies.first { $0.isNamed(by: url) }?.path == path)
  }
}
