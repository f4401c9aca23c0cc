import QuireRequests

/// Takes an answer's text apart into what is said and what is called, as the text comes: a state machine without clock or
/// memory of more than an unfinished call.
///
/// What comes out depends on the whole text alone, not on the parts in which it came.
struct ToolCallReader: Sendable {
  /// What is new of an answer.
  enum Event: Equatable, Sendable {
    /// Text that is no part of a call.
    case content(String)
    /// A call; `furtherArguments` may follow.
    case call(ToolCall)
    /// More of the last call's arguments.
    case furtherArguments(String)
  }

  private enum Phase {
    /// Text, until a mark comes.
    case text
    /// The first character decides whether the answer is text.
    case beginning
    /// A call has begun, and is kept until it ends.
    case call
    /// The answer is kept until it ends: all of it is calls, or none of it.
    case whole
    /// All text is arguments.
    case arguments
  }

  private var phase: Phase
  private let startMark: [UInt8]?
  private let endMark: [UInt8]?
  /// The names that calls without marks have to have; nil for any.
  private let names: [String]?
  private let isParallel: Bool

  /// What has come and is not decided yet.
  private var pending: [UInt8] = []
  /// Of a call that has begun, how many bytes are known to hold no beginning of its end.
  private var searchedCount = 0
  /// White space before the call that has begun: part of the text where it turns out to be none.
  private var gap: [UInt8] = []
  private var callCount = 0
  private var hasContent = false

  /// A reader of one answer; nil where no calls are looked for.
  init?(_ use: ToolUse) {
    isParallel = use.isParallel
    switch use.reading {
    case .none: return nil
    case .own(let style, let names):
      startMark = style.form.startMark.map { Array($0.utf8) }
      endMark = style.form == .hermes ? Array("</tool_call>".utf8) : nil
      self.names = names
      phase = style.form == .json || style.form == .llama3 ? .beginning : .text
    case .list:
      (startMark, endMark, names, phase) = (nil, nil, nil, .whole)
    case .arguments(let name):
      (startMark, endMark, names, phase) = (nil, nil, [name], .arguments)
    }
  }

  /// Takes more of the text.
  mutating func feed(_ text: String) -> [Event] {
    var events: [Event] = []
    pending += text.utf8
    while step(&events) {}
    return events
  }

  /// Decides what is left once the text has ended.
  mutating func finish() -> [Event] {
    var events: [Event] = []
    switch phase {
    case .arguments: if callCount == 0, let name = names?.first { callArguments(of: name, &events) }
    case .beginning, .text:
      // White space behind the last call says nothing.
      if callCount > 0 { pending = Array(pending.trimmingEnd()) }
      say(pending, &events)
    case .call:
      let mark = startMark ?? []
      if !take(pending, of: nil, &events) { say(gap + mark + pending, &events) }
    case .whole: if !take(pending, of: names, &events) { say(pending, &events) }
    }
    pending = []
    return events
  }

  /// Goes on by one decision; false where more text is needed.
  private mutating func step(_ events: inout [Event]) -> Bool {
    switch phase {
    case .whole: return false
    case .arguments:
      guard !pending.isEmpty else { return false }
      callArguments(of: names?.first ?? "", &events)
      return false
    case .beginning:
      guard let first = pending.first(where: { !$0.isTextSpace }) else { return false }
      phase = first == UInt8(ascii: "{") || first == UInt8(ascii: "[") ? .whole : .text
      return true
    case .text: return readText(&events)
    case .call:
      guard let endMark else { return false }
      guard let end = pending[searchedCount...].firstRange(of: endMark) else {
        searchedCount = max(searchedCount, pending.count - endMark.count + 1)
        return false
      }
      searchedCount = 0
      let call = pending[..<end.lowerBound]
      if !take(call, of: nil, &events) { say(gap + (startMark ?? []) + call + endMark, &events) }
      pending.removeSubrange(..<end.upperBound)
      gap = []
      phase = .text
      return true
    }
  }

  private mutating func readText(_ events: inout [Event]) -> Bool {
    guard let startMark else {
      say(pending, &events)
      pending = []
      return false
    }
    if let mark = pending.firstRange(of: startMark) {
      let text = pending[..<mark.lowerBound]
      let said = text.trimmingEnd()
      say(said, &events)
      gap = Array(text[said.endIndex...])
      pending.removeSubrange(..<mark.upperBound)
      phase = .call
      return true
    }
    // The end may be the beginning of a mark, and white space before one is no text.
    let length = (0..<startMark.count).last { pending.suffix($0).elementsEqual(startMark.prefix($0)) } ?? 0
    let open = pending.dropLast(length).trimmingEnd().endIndex
    say(pending[..<open], &events)
    pending.removeSubrange(..<open)
    return false
  }

  private mutating func callArguments(of name: String, _ events: inout [Event]) {
    let text = String(decoding: pending, as: UTF8.self)
    pending = []
    events.append(callCount == 0 ? .call(ToolCall(name: name, arguments: text)) : .furtherArguments(text))
    callCount = 1
  }

  private mutating func say(_ text: some Collection<UInt8>, _ events: inout [Event]) {
    var text = text[...]
    // What parts a call from the text behind it parts nothing where no text stands before.
    if callCount > 0, !hasContent { text = text.drop { $0.isTextSpace } }
    guard !text.isEmpty else { return }
    hasContent = true
    events.append(.content(String(decoding: text, as: UTF8.self)))
  }

  /// Takes the calls that a text is made of; false where it is made of anything else.
  private mutating func take(
    _ text: some Collection<UInt8>, of names: [String]?, _ events: inout [Event]
  ) -> Bool {
    var parser = ToolCallParser(text)
    guard let calls = parser.calls(of: names) else { return false }
    for call in calls where isParallel || callCount == 0 {
      events.append(.call(call))
      callCount += 1
    }
    return true
  }
}

extension ToolCallReader? {
  /// What is new of an answer; without a reader all of it is text.
  mutating func events(of update: RequestUpdate) -> [ToolCallReader.Event] {
    guard self != nil else { return update.text.isEmpty ? [] : [.content(update.text)] }
    var events = self?.feed(update.text) ?? []
    if update.finishReason != nil { events += self?.finish() ?? [] }
    return events
  }
}

extension UInt8 {
  fileprivate var isTextSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}

extension BidirectionalCollection<UInt8> {
  /// The bytes without white space at their end.
  fileprivate func trimmingEnd() -> SubSequence {
    var end = endIndex
    while end > startIndex, self[index(before: end)].isTextSpace { end = index(before: end) }
    return self[..<end]
  }
}
