package import QuireOpenAI

/// The registry of kinds: what tells lines apart.
package enum LineKinds {
  /// The endpoints that batch lines may name, and that a server has routes for.
  package static let endpoints: [any EndpointBody.Type] = [
    ChatCompletionBody.self, CompletionBody.self, ResponseBody.self, LoglikelihoodBody.self,
    EmbeddingBody.self,
    ScoreBody.self, RerankBody.self,
  ]

  /// Every kind, in the order in which they are asked. The last claims what no other does.
  package static let all: [any LineKind.Type] =
    [TextLine.self] + endpoints.map { batchLine($0) } + [UnroutedBatchLine.self, NativeLine.self]

  /// The kind of a line that can be read.
  static func kind(of content: LineContent) -> any LineKind.Type {
    all.first { $0.claims(content) } ?? NativeLine.self
  }

  private static func batchLine<Body: EndpointBody>(_ body: Body.Type) -> any LineKind.Type {
    OpenAIBatchLine<Body>.self
  }
}
