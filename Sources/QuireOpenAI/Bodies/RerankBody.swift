package import QuireJSON
package import QuireRequests

/// The body of a ranking of documents, in the form of Jina and Cohere, as vLLM has it: `/v1/rerank`, `/v2/rerank`, `/rerank`.
package struct RerankBody: EndpointBody {
  package static let path = "/v1/rerank"
  package static let otherPaths = ["/rerank", "/v2/rerank"]
  /// Nothing is generated.
  package static let lastMaxTokens = 1

  package let request: BodyRequest
  package let furtherPrompts: [Prompt]
  private let model: [UInt8]?
  private let pairs: TextPairs
  private let resultCount: Int
  private let showsDocuments: Bool

  package init(_ fields: [JSONView.Member], _ defaults: BodyDefaults) throws(InputError) {
    model = try Self.model(fields)
    var pooled = PooledFields(path: Self.path)
    var query: String?
    var documents: [String]?
    var topCount = 0
    var showsDocuments = true
    for field in fields where !field.value.isNull {
      switch field.key {
      case "query": query = try field.value.string("query")
      case "documents":
        guard field.value.kind == .array else {
          throw field.value.typeError("documents", expected: "a list of texts")
        }
        documents = try field.value.texts("documents")
      case "top_n":
        let count = try field.value.integer("top_n")
        guard let places = Int(exactly: count), places >= 0 else {
          throw InputError(
            .invalidValue, "top_n: found \(count), expected at least 1, or 0 for all", param: "top_n")
        }
        topCount = places
      case "return_documents": showsDocuments = try field.value.boolean("return_documents")
      default: try pooled.read(field)
      }
    }
    guard let query else { throw Self.missing("query") }
    guard let documents else { throw Self.missing("documents") }
    pairs = TextPairs(
      names: ("query", "documents"), first: [query], second: documents, isList: true, form: defaults.pairForm)
    resultCount = topCount == 0 ? documents.count : min(topCount, documents.count)
    self.showsDocuments = showsDocuments
    let prompts = pairs.prompts(pooled)
    request = pooled.request(prompts[0], named: pairs.name(ofPrompt: 0))
    furtherPrompts = Array(prompts.dropFirst())
  }

  private static func missing(_ name: String) -> InputError {
    InputError(.missingField, "\(name) is missing from the body", param: name)
  }

  package func name(ofPrompt number: Int) -> String { pairs.name(ofPrompt: number) }

  package func write(_ answer: AnswerObject, to writer: inout JSONWriter) {
    // Of equal scores the document that comes first in the body stands first.
    let ranked = pairs.scores(answer.outputs).enumerated().sorted { left, right in
      (right.element, left.offset) < (left.element, right.offset)
    }
    writer.object { writer in
      writer.member("id", "rerank-" + answer.name)
      answer.writeModel(model, to: &writer)
      answer.writeReadUsage(to: &writer)
      writer.key("results")
      writer.array(Array(ranked.prefix(resultCount))) { writer, item in
        writer.object { writer in
          writer.member("index", item.offset)
          if showsDocuments {
            writer.key("document")
            writer.object { $0.member("text", pairs.second[item.offset]) }
          }
          writer.key("relevance_score")
          writer.number(item.element)
        }
      }
    }
  }
}
