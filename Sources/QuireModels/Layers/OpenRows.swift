import QuireKernels

/// Logit rows of which only a few logits are needed, apart from the others: a product over the panels of these few, and one
/// over all panels for the rest.
struct OpenRows {
  /// Where each row lies, counted in rows: those that need all logits come first.
  let places: [Int]
  /// Rows that need all logits.
  let wholeCount: Int
  /// The panels that the others need.
  let selection: PanelSelection

  /// Panels of the selection are at most this share of all: beyond it there is little to gain.
  private static let panelShare = 4
  /// Of so many rows one at least needs few logits: moving rows about costs a little.
  private static let rowShare = 8

  /// Nil where a product over all panels is as good.
  /// - Parameter tokens: of each row; nil for all.
  init?(_ tokens: ArraySlice<ModelBatch.OpenTokens?>, vocabularySize: Int) {
    let size = PanelSelection.panelRowCount
    let panelCount = (vocabularySize + size - 1) / size
    var panels = [Bool](repeating: false, count: panelCount)
    var selectedCount = 0
    var isOpen: [Bool] = []
    for row in tokens {
      guard let row else {
        isOpen.append(false)
        continue
      }
      var added: [Int] = []
      var isWhole = false
      for ids in [row.tokenIDs, row.endTokenIDs] {
        for id in ids {
          // A token that has no logit leaves it to the sampler what it means.
          guard id >= 0, Int(id) < vocabularySize else {
            isWhole = true
            continue
          }
          let panel = Int(id) / size
          if !panels[panel] {
            panels[panel] = true
            added.append(panel)
          }
        }
      }
      if isWhole || (selectedCount + added.count) * Self.panelShare > panelCount {
        for panel in added { panels[panel] = false }
        isOpen.append(false)
      } else {
        selectedCount += added.count
        isOpen.append(true)
      }
    }
    let openCount = isOpen.count(where: \.self)
    guard openCount > 0, openCount * Self.rowShare >= isOpen.count else { return nil }
    wholeCount = isOpen.count - openCount
    var (whole, open) = (0, wholeCount)
    places = isOpen.map { isOpen in
      if isOpen {
        defer { open += 1 }
        return open
      }
      defer { whole += 1 }
      return whole
    }
    selection = PanelSelection(panels)
  }
}
