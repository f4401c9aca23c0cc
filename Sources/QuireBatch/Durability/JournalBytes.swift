import QuireEngine
import QuireRequests
import QuireSampling

/// Reads what stands in a record of a journal. Past the end, and where a number is none, there is nothing: nil.
struct JournalBytes {
  private let bytes: [UInt8]
  /// How many bytes have been read.
  private(set) var place = 0

  /// The entries of a record.
  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Whether nothing is left.
  var isAtEnd: Bool { place == bytes.count }

  /// How many bytes are left.
  var restCount: Int { bytes.count - place }

  /// The next bytes, where there are as many.
  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count <= restCount else { return nil }
    defer { place += count }
    return bytes[place..<place + count]
  }

  /// What was read since `start`.
  func bytes(since start: Int) -> ArraySlice<UInt8> { bytes[start..<place] }

  /// The next number: seven bits a byte, the least significant ones first, the top bit where more follow (LEB128).
  mutating func number() -> Int? {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 63, by: 7) {
      guard place < bytes.count else { return nil }
      let byte = bytes[place]
      place += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return Int(value) }
    }
    return nil
  }

  /// The next number of four bytes, the least significant one first.
  mutating func word() -> UInt32? {
    guard bytes.count - place >= 4 else { return nil }
    defer { place += 4 }
    return (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << (8 * $1) }
  }

  /// The next token's id, whatever its bits say.
  private mutating func token() -> Int32? {
    number().flatMap { UInt32(exactly: $0) }.map { Int32(bitPattern: $0) }
  }

  /// The next key of a line.
  mutating func key() -> LineKey? {
    guard let a = word(), let b = word(), let c = word(), let d = word() else { return nil }
    return LineKey(words: SIMD4(a, b, c, d))
  }

  /// The next draw.
  mutating func draw() -> RecordedDraw? {
    guard let head = number() else { return nil }
    let hasLogprobs = head & 2 != 0
    guard head & 1 != 0 else {
      guard let (tokenID, logprobs) = position(hasLogprobs) else { return nil }
      return .token(sample: head >> 2, Draw(tokenID: tokenID, logprobs: logprobs))
    }
    var choices: [BeamChoice] = []
    for _ in 0..<head >> 2 {
      guard let beam = number(), let logprob = word(), let (tokenID, logprobs) = position(hasLogprobs)
      else { return nil }
      choices.append(
        BeamChoice(beam: beam, tokenID: tokenID, logprob: Float(bitPattern: logprob), logprobs: logprobs))
    }
    return .beams(choices)
  }

  /// A token, with its report where there is one.
  private mutating func position(_ hasLogprobs: Bool) -> (Int32, PositionLogprobs?)? {
    guard hasLogprobs else { return token().map { ($0, nil) } }
    guard let count = number(), count > 0 else { return nil }
    var entries: PositionLogprobs = []
    for _ in 0..<count {
      guard let tokenID = token(), let logprob = word(), let rank = number() else { return nil }
      entries.append(TokenLogprob(tokenID: tokenID, logprob: Float(bitPattern: logprob), rank: rank))
    }
    return (entries[0].tokenID, entries)
  }
}

extension [UInt8] {
  /// Appends a number of 0 or more, as ``JournalBytes/number()`` reads it.
  mutating func append(journalNumber number: Int) {
    var rest = UInt64(number)
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }

  /// Appends four bytes.
  mutating func append(journalWord word: UInt32) {
    for shift in 0..<4 { append(UInt8(truncatingIfNeeded: word >> (8 * shift))) }
  }

  /// Appends a line's key.
  mutating func append(_ key: LineKey) {
    for index in 0..<4 { append(journalWord: key.words[index]) }
  }

  /// Appends a draw: a byte or two, and the token's id.
  mutating func append(_ draw: RecordedDraw) {
    switch draw {
    case .token(let sample, let draw):
      append(journalNumber: sample << 2 | (draw.logprobs == nil ? 0 : 2))
      append(draw.tokenID, draw.logprobs)
    case .beams(let choices):
      append(journalNumber: choices.count << 2 | (choices.first?.logprobs == nil ? 0 : 2) | 1)
      for choice in choices {
        append(journalNumber: choice.beam)
        append(journalWord: choice.logprob.bitPattern)
        append(choice.tokenID, choice.logprobs)
      }
    }
  }

  /// Appends a token, or its report, which begins with it.
  private mutating func append(_ tokenID: Int32, _ logprobs: PositionLogprobs?) {
    guard let logprobs else { return append(journalNumber: Int(UInt32(bitPattern: tokenID))) }
    append(journalNumber: logprobs.count)
    for entry in logprobs {
      append(journalNumber: Int(UInt32(bitPattern: entry.tokenID)))
      append(journalWord: entry.logprob.bitPattern)
      append(journalNumber: entry.rank)
    }
  }
}
