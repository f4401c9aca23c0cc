package import QuireJSON
package import QuireRequests

/// The body of embeddings: `/v1/embeddings`. Each text has a vector of its own, at its place.
package struct EmbeddingBody: EndpointBody {
  package static let path = "/v1/embeddings"
  /// Nothing is generated.
  package static let lastMaxTokens = 1

  package let request: BodyRequest
  package let furtherPrompts: [Prompt]
  private let model: [UInt8]?
  private let isBase64: Bool

  package init(_ fields: [JSONView.Member], _ defaults: BodyDefaults) throws(InputError) {
    model = try Self.model(fields)
    var pooled = PooledFields(path: Self.path)
    var sources: [PooledInput.Source] = []
    var dimensions: Int?
    var isBase64 = false
    for field in fields {
      switch field.key {
      case "input": sources = try field.value.pooledSources("input")
      case "dimensions": if !field.value.isNull { dimensions = try Self.dimensions(field.value) }
      case "encoding_format": if !field.value.isNull { isBase64 = try Self.isBase64(field.value) }
      case "messages":
        throw InputError(
          .unsupported,
          "messages: found a conversation, which this version makes no embedding of; write its text as input",
          param: "messages")
      default: try pooled.read(field)
      }
    }
    let prompts = sources.map { pooled.prompt($0, .embedding(dimensions: dimensions)) }
    guard let first = prompts.first else {
      throw InputError(.missingField, "input is missing from the body", param: "input")
    }
    request = pooled.request(first, named: "input")
    furtherPrompts = Array(prompts.dropFirst())
    self.isBase64 = isBase64
  }

  private static func dimensions(_ value: JSONView) throws(InputError) -> Int {
    let count = try value.integer("dimensions")
    guard let dimensions = Int(exactly: count), dimensions >= 1 else {
      throw InputError(.invalidValue, "dimensions: found \(count), expected at least 1", param: "dimensions")
    }
    return dimensions
  }

  private static func isBase64(_ value: JSONView) throws(InputError) -> Bool {
    switch try value.word("encoding_format") {
    case "float": return false
    case "base64": return true
    default:
      throw InputError(
        .unsupported, "encoding_format: found \(value.excerpt), expected \"float\" or \"base64\"",
        param: "encoding_format")
    }
  }

  package func name(ofPrompt number: Int) -> String { "input[\(number)]" }

  package func write(_ answer: AnswerObject, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("object", "list")
      writer.key("data")
      writer.array(Array(answer.outputs.enumerated())) { writer, item in
        writer.object { writer in
          writer.member("object", "embedding")
          writer.member("index", item.offset)
          writer.key("embedding")
          write(item.element.pooled ?? [], to: &writer)
        }
      }
      answer.writeModel(model, to: &writer)
      answer.writeReadUsage(to: &writer)
    }
  }

  private func write(_ vector: [Float], to writer: inout JSONWriter) {
    if isBase64 {
      writer.string(Base64.text(vector))
    } else {
      writer.array(vector) { $0.number($1) }
    }
  }
}

extension AnswerObject {
  /// `model`: the body's own as JSON, or the name that stands for it.
  func writeModel(_ model: [UInt8]?, to writer: inout JSONWriter) {
    writer.key("model")
    if let model { writer.raw(model) } else { writer.string(modelName) }
  }

  /// `usage` of texts that were read: nothing was generated.
  func writeReadUsage(to writer: inout JSONWriter) {
    let count = outputs.reduce(0) { $0 + $1.promptTokenIDs.count }
    writer.key("usage")
    writer.object { writer in
      writer.member("prompt_tokens", count)
      writer.member("total_tokens", count)
    }
  }
}
