import QuireEngine
import QuireJSON

/// `/v1/models`: which models there are, in vLLM's form.
package struct ModelRoutes: RouteGroup {
  private let names: [String]
  private let modelName: String
  private let maxModelLength: Int
  private let startSeconds: Int

  /// - Parameter startSeconds: when the server started, in seconds since 1970.
  package init(_ engine: LiveEngine, startSeconds: Int) {
    names = engine.options.modelNames.isEmpty ? [engine.modelName] : engine.options.modelNames
    modelName = engine.context.modelName
    maxModelLength = engine.context.maxModelLen
    self.startSeconds = startSeconds
  }

  /// The list of them, and each alone.
  package var routes: [Route] {
    [
      Route(.get, "/v1/models") { [self] _ in
        .json { writer in
          writer.object { writer in
            writer.member("object", "list")
            writer.key("data")
            writer.array(names) { write($1, to: &$0) }
          }
        }
      },
      Route(.get, "/v1/models/{id*}") { [self] request in
        let name = request.parameters["id"] ?? ""
        guard names.contains(name) else {
          throw HTTPError(
            .notFound, code: "model_not_found", "there is no model \(Excerpt.quoted(name)) here",
            param: "model")
        }
        return .json { write(name, to: &$0) }
      },
    ]
  }

  private func write(_ name: String, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("id", name)
      writer.member("object", "model")
      writer.member("created", startSeconds)
      writer.member("owned_by", "quire")
      writer.member("root", modelName)
      writer.key("parent")
      writer.null()
      writer.member("max_model_len", maxModelLength)
    }
  }
}
