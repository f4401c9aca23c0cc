/// A part of a prompt: a control token, or text that is encoded as ordinary text.
enum PromptPiece: Equatable {
  /// A control token with the text that stands for it.
  case control(id: Int32, text: String)
  /// Ordinary text; neighbours are joined before they are encoded.
  case text(String)
}

/// A run of pieces with the ids between its first and its last control token.
///
/// The text at both ends is not encoded yet: text of the runs beside joins it.
struct EncodedRun {
  /// The text before the first control token; all of it when there is no control token.
  private(set) var leadingText = ""
  /// The ids from the first to the last control token.
  private(set) var tokenIDs: [Int32] = []
  /// The same ids as text.
  private(set) var text = ""
  /// The text after the last control token.
  private(set) var trailingText = ""

  /// Encodes `pieces`, the text between two control tokens as one string.
  init(_ pieces: [PromptPiece], _ encoding: any ChatTokenEncoding) {
    var pending = ""
    for piece in pieces {
      switch piece {
      case .text(let text): pending += text
      case .control(let id, let controlText):
        if tokenIDs.isEmpty {
          leadingText = pending
        } else {
          if !pending.isEmpty { tokenIDs += encoding.encodePlain(pending, beginsText: false) }
          text += pending
        }
        pending = ""
        tokenIDs.append(id)
        text += controlText
      }
    }
    if tokenIDs.isEmpty { leadingText = pending } else { trailingText = pending }
  }

  /// Whether there is no control token, so that all is in `leadingText`.
  var isPlainText: Bool { tokenIDs.isEmpty }

  /// The ids and the text of `runs` one after the other. Complexity: linear in both.
  static func joined(
    _ runs: [EncodedRun], _ encoding: any ChatTokenEncoding
  ) -> (tokenIDs: [Int32], text: String) {
    var tokenIDs: [Int32] = []
    var text = ""
    var pending = ""
    for run in runs {
      pending += run.leadingText
      if run.isPlainText { continue }
      if !pending.isEmpty { tokenIDs += encoding.encodePlain(pending, beginsText: tokenIDs.isEmpty) }
      text += pending
      tokenIDs += run.tokenIDs
      text += run.text
      pending = run.trailingText
    }
    if !pending.isEmpty { tokenIDs += encoding.encodePlain(pending, beginsText: tokenIDs.isEmpty) }
    return (tokenIDs, text + pending)
  }
}

/// How many tokens the end of a prompt takes, as runs are put in front of it.
struct TailCount {
  private var leadingText = ""
  private var encodedCount = 0

  /// This end with `run` before it. Complexity: that of encoding the text where they meet.
  func prepending(_ run: EncodedRun, _ encoding: any ChatTokenEncoding) -> TailCount {
    var tail = self
    if run.isPlainText {
      tail.leadingText = run.leadingText + leadingText
    } else {
      let meeting = run.trailingText + leadingText
      let meetingCount = meeting.isEmpty ? 0 : encoding.encodePlain(meeting, beginsText: false).count
      tail.encodedCount = run.tokenIDs.count + meetingCount + encodedCount
      tail.leadingText = run.leadingText
    }
    return tail
  }

  /// The tokens of the end when nothing more stands before it.
  func total(_ encoding: any ChatTokenEncoding) -> Int {
    encodedCount + (leadingText.isEmpty ? 0 : encoding.encodePlain(leadingText, beginsText: true).count)
  }
}
