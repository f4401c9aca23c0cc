/// A shell pattern over paths, as huggingface_hub's `allow_patterns` takes it (Python's `fnmatch`): `*` stands for any
/// text, slashes too, `?` for one character, `[abc]`, `[a-z]` and `[!a-z]` for one of or none of some; a pattern that
/// ends in `/` means all that stands below.
package struct FilePattern: Sendable {
  private enum Piece: Sendable {
    case one(Character)
    case any
    case anyText
    case set([ClosedRange<Character>], isInverted: Bool)

    func matches(_ character: Character) -> Bool {
      switch self {
      case .one(let own): own == character
      case .any: true
      case .anyText: false
      case .set(let ranges, let isInverted): ranges.contains { $0.contains(character) } != isInverted
      }
    }
  }

  private let pieces: [Piece]

  /// Takes a pattern apart; each text is one.
  package init(_ text: String) {
    let characters = Array(text.hasSuffix("/") ? text + "*" : text)
    var pieces: [Piece] = []
    var index = 0
    while index < characters.count {
      switch characters[index] {
      case "*": pieces.append(.anyText)
      case "?": pieces.append(.any)
      case "[":
        if let (set, end) = Self.set(characters, from: index + 1) {
          pieces.append(set)
          index = end
        } else {
          pieces.append(.one("["))
        }
      default: pieces.append(.one(characters[index]))
      }
      index += 1
    }
    self.pieces = pieces
  }

  /// The set that begins behind `[`, and the place of its `]`; nil where there is none, as a bracket then means itself.
  private static func set(_ characters: [Character], from start: Int) -> (Piece, Int)? {
    var index = start
    let isInverted = index < characters.count && characters[index] == "!"
    if isInverted { index += 1 }
    // A bracket in first place belongs to the set.
    guard index < characters.count, let end = characters[(index + 1)...].firstIndex(of: "]") else {
      return nil
    }
    var ranges: [ClosedRange<Character>] = []
    while index < end {
      if index + 2 < end, characters[index + 1] == "-" {
        if characters[index] <= characters[index + 2] {
          ranges.append(characters[index]...characters[index + 2])
        }
        index += 3
      } else {
        ranges.append(characters[index]...characters[index])
        index += 1
      }
    }
    return (.set(ranges, isInverted: isInverted), end)
  }

  /// Whether the pattern stands for the whole path. At most the product of both lengths in time.
  package func matches(_ path: String) -> Bool {
    let characters = Array(path)
    var (piece, index) = (0, 0)
    // Where the last star stands, and where what it stands for ends; a longer text for it is the only way to go on.
    var star: (piece: Int, index: Int)?
    while index < characters.count {
      if piece < pieces.count, case .anyText = pieces[piece] {
        star = (piece, index)
        piece += 1
      } else if piece < pieces.count, pieces[piece].matches(characters[index]) {
        piece += 1
        index += 1
      } else if let last = star {
        star = (last.piece, last.index + 1)
        (piece, index) = (last.piece + 1, last.index + 1)
      } else {
        return false
      }
    }
    return pieces[piece...].allSatisfy { if case .anyText = $0 { true } else { false } }
  }
}
