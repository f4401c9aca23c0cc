/// Finds where the last tokens of a text stood before: what followed them there may follow them again.
///
/// Places are chained by the pair of tokens before them, as compressors do. A token costs O(1), a search O(`chainLimit` ×
/// `lengthLimit`). Source of the idea: Saxena 2023, "Prompt lookup decoding".
struct PromptLookup {
  /// An earlier place, behind tokens that equal the last ones.
  struct Match: Equatable {
    /// Number of tokens before it: the place of what followed.
    var place: Int
    /// How many tokens before it are equal, at least 2.
    var length: Int
  }

  /// Places that a search looks at, and equal tokens beyond which it does not count.
  private static let chainLimit = 8
  static let lengthLimit = 16

  /// By hash, the last place behind such a pair; 0 for none. A power of two of them.
  private var heads: [Int32] = []
  /// By place, the one before with the same hash.
  private var before: [Int32] = [0, 0]
  /// The best place for the last tokens; nil where they are new.
  private(set) var match: Match?

  /// Number of tokens that have been taken in.
  private(set) var count = 0

  /// Takes in the tokens of a text that it has not seen, all of them the first time, and looks for the last ones.
  mutating func extend(to tokens: [Int32]) {
    precondition(tokens.count >= count, "a text grows")
    guard tokens.count > max(count, 1) else { return }
    count = tokens.count
    if tokens.count >= heads.count { rehash(tokens) }
    for place in before.count...tokens.count {
      if let found = match {
        match =
          tokens[found.place] == tokens[place - 1]
          ? Match(place: found.place + 1, length: min(found.length + 1, Self.lengthLimit)) : nil
      }
      if place == tokens.count, (match?.length ?? 0) < Self.lengthLimit / 2 { search(tokens) }
      let slot = self.slot(tokens, place)
      before.append(heads[slot])
      heads[slot] = Int32(place)
    }
  }

  /// Looks for the last tokens among the places before; the latest of the longest matches is taken.
  private mutating func search(_ tokens: [Int32]) {
    var place = Int(heads[slot(tokens, tokens.count)])
    for _ in 0..<Self.chainLimit where place > 0 {
      var length = 0
      while length < min(place, Self.lengthLimit),
        tokens[place - 1 - length] == tokens[tokens.count - 1 - length]
      {
        length += 1
      }
      if length >= 2, length > match?.length ?? 0 { match = Match(place: place, length: length) }
      place = Int(before[place])
    }
  }

  private func slot(_ tokens: [Int32], _ place: Int) -> Int {
    let pair =
      UInt64(UInt32(bitPattern: tokens[place - 2])) << 32 | UInt64(UInt32(bitPattern: tokens[place - 1]))
    return Int((pair &* 0x9E37_79B9_7F4A_7C15) >> 33) & (heads.count - 1)
  }

  /// Makes a table for twice the tokens.
  private mutating func rehash(_ tokens: [Int32]) {
    var size = 64
    while size <= 2 * tokens.count { size *= 2 }
    heads = [Int32](repeating: 0, count: size)
    for place in 2..<max(before.count, 2) {
      let slot = self.slot(tokens, place)
      before[place] = heads[slot]
      heads[slot] = Int32(place)
    }
  }
}
