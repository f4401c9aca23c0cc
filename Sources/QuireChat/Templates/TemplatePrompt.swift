import QuireTemplates

/// What a template wrote: a text, and which parts of it are the template's own.
struct TemplatePrompt: Sendable, Equatable {
  /// The whole text.
  let text: String
  /// The parts that the template wrote itself, in bytes of the text: ascending and disjoint.
  let trusted: [Range<Int>]

  init(_ output: TemplateOutput) {
    var text = ""
    var trusted: [Range<Int>] = []
    var offset = 0
    for run in output.runs {
      let end = offset + run.text.utf8.count
      if run.isLiteral { trusted.append(offset..<end) }
      text += run.text
      offset = end
    }
    self.init(text: text, trusted: trusted)
  }

  private init(text: String, trusted: [Range<Int>]) {
    self.text = text
    self.trusted = trusted
  }

  /// The ids, control tokens only where the template wrote them.
  func tokenIDs(_ encoding: any ChatTokenEncoding, guarding guardedIDs: Set<Int32>) -> [Int32] {
    encoding.encode(text, trusting: trusted, guarding: guardedIDs)
  }

  /// A part of it. Precondition: the range's ends are starts of characters' bytes.
  func part(_ range: Range<Int>) -> TemplatePrompt {
    let start = text.utf8.index(text.utf8.startIndex, offsetBy: range.lowerBound)
    let end = text.utf8.index(start, offsetBy: range.count)
    return TemplatePrompt(
      text: String(text[start..<end]),
      trusted: trusted.map { $0.clamped(to: range) }.filter { !$0.isEmpty }.map {
        $0.lowerBound - range.lowerBound..<$0.upperBound - range.lowerBound
      })
  }

  /// What stands at the end of a message that is to be continued while the template runs: as in HF transformers, so that
  /// the same templates and conversations work. The space tells whether the template trims.
  static let continuationTag = "CONTINUE_FINAL_MESSAGE_TAG "

  /// The text up to the end of the message that is to be continued. Where the template trims it, so does this.
  ///
  /// Throws `ChatError.nothingToContinue` where the template did not write the message.
  func cutAtContinuation() throws(ChatError) -> TemplatePrompt {
    let bytes = Array(text.utf8)
    let tag = Array(Self.continuationTag.utf8.dropLast())
    guard let start = bytes.lastOffset(of: tag) else { throw .nothingToContinue }
    let isWhole = start + tag.count < bytes.count && bytes[start + tag.count] == UInt8(ascii: " ")
    let cut = part(0..<start)
    guard !isWhole else { return cut }
    var view = cut.text.unicodeScalars[...]
    while let scalar = view.last, scalar.isTrimmedByPython { view.removeLast() }
    return cut.part(0..<String(view).utf8.count)
  }
}

extension [UInt8] {
  /// The offset of the last occurrence of `pattern`, which is not empty, or nil. Patterns are short.
  fileprivate func lastOffset(of pattern: [UInt8]) -> Int? {
    guard count >= pattern.count else { return nil }
    return (0...count - pattern.count).last { self[$0] == pattern[0] && self[$0...].starts(with: pattern) }
  }
}
