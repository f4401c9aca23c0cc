import QuireJSON
import QuireRequests

/// How an answer shows tokens: vLLM's `return_token_ids` and `return_tokens_as_token_ids`.
struct TokenReport: Equatable, Sendable {
  /// Whether the ids of prompt and answer stand in the answer.
  private(set) var returnsTokenIDs = false
  /// Whether reported tokens are named by their ids, which no two share.
  private(set) var namesTokensByID = false

  /// The fields that it takes.
  static let fields: Set<String> = ["return_token_ids", "return_tokens_as_token_ids"]

  /// Takes one of `fields`; null says nothing.
  mutating func read(_ field: JSONView.Member) throws(InputError) {
    if field.value.isNull { return }
    let isWanted = try field.value.boolean(field.key)
    if field.key == "return_token_ids" { returnsTokenIDs = isWanted } else { namesTokensByID = isWanted }
  }

  /// Log-probabilities as they are shown.
  func shown(_ positions: [PositionLogprobs]?) -> [PositionLogprobs]? {
    namesTokensByID ? positions?.map(\.namedByID) : positions
  }
}

extension PositionLogprobs {
  /// The entries without texts: what has none is named by its id.
  var namedByID: PositionLogprobs {
    map { entry in
      var entry = entry
      entry.text = nil
      return entry
    }
  }
}
