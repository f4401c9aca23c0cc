/// Which way plain conversations become prompts, and why.
package enum ChatWay: Sendable, Equatable {
  /// By hand, since the model's template writes the same on so many probe conversations.
  case writtenAsTemplate(ChatFormat, probeCount: Int)
  /// By hand, since the format was chosen by its name.
  case written(ChatFormat)
  /// By the template, and why no hand-written format stands for it.
  case template(reason: String)

  /// The hand-written format that is followed; nil where the template is run.
  package var formatName: String? {
    switch self {
    case .writtenAsTemplate(let format, _), .written(let format): format.rawValue
    case .template: nil
    }
  }

  /// The way and its reason, for a person.
  package var description: String {
    switch self {
    case .writtenAsTemplate(let format, let probeCount):
      "\(format.rawValue), written by hand: the model's template writes the same on \(probeCount) probe conversations"
    case .written(let format): "\(format.rawValue), written by hand, as chosen"
    case .template(let reason): "the model's template is run: \(reason)"
    }
  }
}
