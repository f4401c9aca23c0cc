/// Which tokens a sequence has seen and how often its output holds each: what the penalties read.
///
/// `append` costs O(1), a row's penalties O(distinct tokens). A copy is a fork.
package struct TokenHistory: Sendable, Equatable {
  /// The distinct tokens of prompt and output, in order of their first appearance.
  package private(set) var tokenIDs: [Int32] = []
  /// How often the output holds each of `tokenIDs`; 0 for a token of the prompt alone.
  package private(set) var outputCounts: [Int32] = []

  private var indices: [Int32: Int32] = [:]

  /// The history of a prompt without output.
  package init(promptTokenIDs: [Int32] = []) {
    for id in promptTokenIDs { _ = index(of: id) }
  }

  /// Counts one more output token.
  package mutating func append(_ tokenID: Int32) {
    outputCounts[index(of: tokenID)] += 1
  }

  private mutating func index(of id: Int32) -> Int {
    if let index = indices[id] { return Int(index) }
    indices[id] = Int32(tokenIDs.count)
    tokenIDs.append(id)
    outputCounts.append(0)
    return tokenIDs.count - 1
  }
}
