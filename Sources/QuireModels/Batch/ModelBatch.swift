/// One step's work for a model: the new tokens of several sequences, flattened. Prompt chunks and single tokens of
/// running sequences stand side by side.
package struct ModelBatch: Sendable {
  /// The new tokens of one sequence.
  package struct Segment: Sendable, Equatable {
    /// The first of them in `tokenIDs`.
    package let tokenStart: Int
    /// How many; at least 1.
    package let tokenCount: Int
    /// Absolute position of the first: how many positions of the sequence the cache holds already.
    package let contextStart: Int
    /// Tokens of the sequence's whole prompt, which a base of rotation may depend on.
    package let promptTokenCount: Int
    /// The sequence's first entry in `blockTables`.
    package let blockTableStart: Int
    /// Number of the sequence's entries in `blockTables` for each group of layers.
    package let blockCount: Int
  }

  /// Which tokens of a segment get logits.
  package enum LogitRows: Sendable {
    /// None: more of the prompt follows.
    case none
    /// The last one, which samples.
    case last
    /// Every token of the segment.
    case all
    /// The tokens of a range of places in the segment (log-probabilities of the prompt), and the last one
    /// where it samples.
    case scored(Range<Int>, samples: Bool)
  }

  /// The tokens that a row's logits are needed of: distinct, in any order.
  package struct OpenTokens: Sendable, Equatable {
    /// Tokens that all rows in the same place may have in common.
    package let tokenIDs: [Int32]
    /// Further ones: those that end an answer.
    package let endTokenIDs: [Int32]

    /// Tokens; each argument is the field of its name.
    package init(_ tokenIDs: [Int32], endTokenIDs: [Int32] = []) {
      self.tokenIDs = tokenIDs
      self.endTokenIDs = endTokenIDs
    }
  }

  /// The tokens of all segments, `[tokenCount]`.
  package private(set) var tokenIDs: [Int32] = []
  /// Absolute positions of the tokens, `[tokenCount]`.
  package private(set) var positions: [Int32] = []
  /// The sequences, in the order of their tokens.
  package private(set) var segments: [Segment] = []
  /// Block ids of all segments: each sequence's group by group, and in ascending position.
  package private(set) var blockTables: [Int32] = []
  /// Indices into `tokenIDs` of the tokens that get logits, ascending.
  package private(set) var logitRows: [Int32] = []
  /// The open tokens of each of `logitRows`; nil where all logits are needed.
  package private(set) var openTokens: [OpenTokens?] = []
  /// Whether some row has open tokens.
  package private(set) var hasOpenTokens = false
  /// Which of `logitRows` are wanted as hidden states, without logits; empty where none is.
  package private(set) var hiddenRows: [Bool] = []

  /// Number of groups of layers, each with a block of its own for the same positions.
  package let groupCount: Int

  /// An empty batch for a cache of that many groups, at least 1.
  package init(groupCount: Int = 1) {
    precondition(groupCount >= 1, "a model has a group of layers")
    self.groupCount = groupCount
  }

  /// Tokens of all segments.
  package var tokenCount: Int { tokenIDs.count }

  /// Adds the next tokens of one sequence.
  ///
  /// - Parameters:
  ///   - tokens: at least one; ids are checked when the batch is run.
  ///   - contextStart: positions of the sequence that are in the cache already, at least 0.
  ///   - blockTable: the sequence's blocks from position 0 on, one of each group for the same positions; entries past the
  ///     last token are ignored, and those before what the first token sees on any layer of the group.
  ///   - logits: which of the tokens get logits.
  ///   - openTokens: the tokens that the logits of its last rows are needed of, in the order of the rows; nil for all, as
  ///     rows before them need.
  ///   - promptTokenCount: tokens of the sequence's whole prompt.
  ///   - asHiddenStates: whether the hidden states of these tokens are wanted, after the last norm, and no logits.
  package mutating func append(
    tokens: ArraySlice<Int32>, contextStart: Int, blockTable: [Int32], logits: LogitRows,
    openTokens: [OpenTokens?] = [], promptTokenCount: Int = 0, asHiddenStates: Bool = false
  ) {
    precondition(!tokens.isEmpty, "a segment has at least one token")
    precondition(
      contextStart >= 0 && contextStart <= Int(Int32.max) - tokens.count,
      "position \(contextStart) out of range")
    precondition(blockTable.count.isMultiple(of: groupCount), "a block of each group for the same positions")
    segments.append(
      Segment(
        tokenStart: tokenIDs.count, tokenCount: tokens.count, contextStart: contextStart,
        promptTokenCount: promptTokenCount, blockTableStart: blockTables.count,
        blockCount: blockTable.count / groupCount))
    let first = Int32(tokenIDs.count)
    let last = Int32(tokenIDs.count + tokens.count - 1)
    switch logits {
    case .none: break
    case .last: logitRows.append(last)
    case .all: logitRows.append(contentsOf: first...last)
    case .scored(let places, let samples):
      precondition(places.lowerBound >= 0 && places.upperBound <= tokens.count, "places \(places)")
      logitRows.append(contentsOf: first + Int32(places.lowerBound)..<first + Int32(places.upperBound))
      if samples && places.upperBound < tokens.count { logitRows.append(last) }
    }
    if asHiddenStates || !hiddenRows.isEmpty {
      let missingCount = self.openTokens.count - hiddenRows.count
      hiddenRows.append(contentsOf: repeatElement(false, count: missingCount))
      hiddenRows.append(contentsOf: repeatElement(asHiddenStates, count: logitRows.count - hiddenRows.count))
    }
    let wholeCount = logitRows.count - self.openTokens.count - openTokens.count
    precondition(wholeCount >= 0, "a token without logits has no open ones")
    self.openTokens.append(contentsOf: repeatElement(nil, count: wholeCount))
    self.openTokens.append(contentsOf: openTokens)
    hasOpenTokens = hasOpenTokens || openTokens.contains { $0 != nil }
    tokenIDs.append(contentsOf: tokens)
    positions.append(contentsOf: Int32(contextStart)..<Int32(contextStart + tokens.count))
    if groupCount == 1 {
      blockTables.append(contentsOf: blockTable)
    } else {
      for group in 0..<groupCount {
        for index in stride(from: group, to: blockTable.count, by: groupCount) {
          blockTables.append(blockTable[index])
        }
      }
    }
  }

  /// Empties the batch and keeps its memory for the next step.
  package mutating func removeAll() {
    tokenIDs.removeAll(keepingCapacity: true)
    positions.removeAll(keepingCapacity: true)
    segments.removeAll(keepingCapacity: true)
    blockTables.removeAll(keepingCapacity: true)
    logitRows.removeAll(keepingCapacity: true)
    openTokens.removeAll(keepingCapacity: true)
    hasOpenTokens = false
    hiddenRows.removeAll(keepingCapacity: true)
  }
}
