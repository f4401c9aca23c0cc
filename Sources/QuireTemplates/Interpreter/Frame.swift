/// The values of one scope while it is entered.
final class Frame {
  /// The values by slot; nil where there is none.
  var values: [TemplateValue?]
  private let parent: Frame?

  init(slotCount: Int, parent: Frame?) {
    values = [TemplateValue?](repeating: nil, count: slotCount)
    self.parent = parent
  }

  /// The frame `level` scopes further out.
  func frame(at level: Int) -> Frame {
    var frame = self
    for _ in 0..<level {
      guard let parent = frame.parent else { preconditionFailure("no scope at level \(level)") }
      frame = parent
    }
    return frame
  }

  /// The value that a reference means here.
  subscript(reference: ScopeTable.Reference) -> TemplateValue? {
    get { frame(at: reference.level).values[reference.slot] }
    set { frame(at: reference.level).values[reference.slot] = newValue }
  }
}
