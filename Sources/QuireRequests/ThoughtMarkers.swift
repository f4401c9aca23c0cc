/// The tokens between which a model thinks before it answers, as `<think>` and `</think>`.
package struct ThoughtMarkers: Sendable, Equatable {
  /// The token that begins a thought.
  package let startTokenID: Int32
  /// The token that ends it.
  package let endTokenID: Int32
  /// The text of `startTokenID`.
  package let startText: String
  /// The text of `endTokenID`.
  package let endText: String

  /// Markers; each argument is the property of its name.
  package init(startTokenID: Int32, endTokenID: Int32, startText: String, endText: String) {
    self.startTokenID = startTokenID
    self.endTokenID = endTokenID
    self.startText = startText
    self.endText = endText
  }

  /// The markers of published models, by text.
  package static let knownTexts = [
    ("<think>", "</think>"), ("[THINK]", "[/THINK]"), ("<seed:think>", "</seed:think>"),
  ]

  /// Whether a prompt leaves a thought open: its last marker after the last of `turnEndIDs` begins one.
  package func areOpen(atEndOf promptTokenIDs: [Int32], turnEndIDs: [Int32]) -> Bool {
    for id in promptTokenIDs.reversed() {
      if id == startTokenID { return true }
      if id == endTokenID || turnEndIDs.contains(id) { return false }
    }
    return false
  }
}
