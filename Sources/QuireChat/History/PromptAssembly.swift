import QuireRequests

/// Puts one conversation together within a token budget, from the latest turn backwards.
struct PromptAssembly {
  let formatter: ChatFormatter
  let conversation: Conversation
  /// The system text as it is written; nil: none.
  let system: String?

  private var encoding: any ChatTokenEncoding { formatter.encoding }
  private var renderer: any TurnRenderer { formatter.renderer }

  /// The system text to fold into a user turn that is the prompt's first or latest, or neither.
  private func folded(isFirst: Bool, isLatest: Bool) -> String? {
    switch formatter.style.systemPlacement {
    case .ownTurn, .refused: nil
    case .firstUserTurn: isFirst ? system : nil
    case .lastUserTurn: isLatest ? system : nil
    }
  }

  private func pieces(round: Range<Int>, isFirst: Bool) -> [PromptPiece] {
    var pieces: [PromptPiece] = []
    for index in round {
      let message = conversation.turns[index]
      let content = formatter.prepare(message)
      if message.role == .user {
        let system = folded(isFirst: isFirst && index == round.lowerBound, isLatest: false)
        pieces += renderer.user(content, system: system)
      } else {
        pieces += renderer.assistant(content)
      }
    }
    return pieces
  }

  private func latestPieces(_ content: String, isFirst: Bool) -> [PromptPiece] {
    renderer.user(content, system: folded(isFirst: isFirst, isLatest: true)) + renderer.generationPrompt
  }

  private func run(_ pieces: [PromptPiece]) -> EncodedRun { EncodedRun(pieces, encoding) }

  private func finish(_ runs: [EncodedRun], kept: Int, userTokensCut: Int) -> ChatPrompt {
    let (tokenIDs, text) = EncodedRun.joined(runs, encoding)
    let history = HistoryReport(
      roundsKept: kept, roundsDropped: conversation.rounds.count - kept, userTokensCut: userTokensCut)
    return ChatPrompt(tokenIDs: tokenIDs, text: text, history: history)
  }

  /// The prompt with every round.
  func wholePrompt() -> ChatPrompt {
    let rounds = conversation.rounds
    var runs = [run(renderer.opening(system: system))]
    for (order, round) in rounds.enumerated() { runs.append(run(pieces(round: round, isFirst: order == 0))) }
    let latest = formatter.prepare(.user(conversation.latest))
    runs.append(run(latestPieces(latest, isFirst: rounds.isEmpty)))
    return finish(runs, kept: rounds.count, userTokensCut: 0)
  }

  /// The prompt of at most `tokenBudget` tokens, as `ChatFormatter.prompt` describes it.
  func prompt(within tokenBudget: Int) throws(ChatError) -> ChatPrompt {
    let opening = run(renderer.opening(system: system))
    let latest = formatter.prepare(.user(conversation.latest))
    let alone = run(latestPieces(latest, isFirst: true))
    guard count(opening, alone) <= tokenBudget else {
      return try cutPrompt(latest, after: opening, within: tokenBudget)
    }
    let foldsIntoFirst = formatter.style.systemPlacement == .firstUserTurn && system != nil
    var newestFirst = [foldsIntoFirst ? run(latestPieces(latest, isFirst: false)) : alone]
    var tail = TailCount().prepending(newestFirst[0], encoding)
    var oldestKept = alone
    for round in conversation.rounds.reversed() {
      let first = pieces(round: round, isFirst: true)
      // What cannot fit however it is encoded need not be encoded.
      guard leastTokenCount(first) <= tokenBudget else { break }
      try TextBound.check(byteCount(first))
      let asFirst = run(first)
      let candidate = tail.prepending(asFirst, encoding).prepending(opening, encoding)
      guard candidate.total(encoding) <= tokenBudget else { break }
      oldestKept = asFirst
      newestFirst.append(foldsIntoFirst ? run(pieces(round: round, isFirst: false)) : asFirst)
      tail = tail.prepending(newestFirst[newestFirst.count - 1], encoding)
    }
    let kept = newestFirst.count - 1
    return finish([opening, oldestKept] + newestFirst.dropLast().reversed(), kept: kept, userTokensCut: 0)
  }

  private func leastTokenCount(_ pieces: [PromptPiece]) -> Int {
    pieces.reduce(0) { sum, piece in
      if case .text(let text) = piece { sum + encoding.leastTokenCount(text) } else { sum + 1 }
    }
  }

  private func byteCount(_ pieces: [PromptPiece]) -> Int {
    pieces.reduce(0) { sum, piece in if case .text(let text) = piece { sum + text.utf8.count } else { sum } }
  }

  private func count(_ opening: EncodedRun, _ latest: EncodedRun) -> Int {
    TailCount().prepending(latest, encoding).prepending(opening, encoding).total(encoding)
  }

  /// The prompt whose only turn is the latest one's longest beginning that fits and holds at least one token of it.
  private func cutPrompt(
    _ latest: String, after opening: EncodedRun, within tokenBudget: Int
  ) throws(ChatError) -> ChatPrompt {
    let fixedTokenCount = count(opening, run(latestPieces("", isFirst: true)))
    let ids = encoding.encodePlain(latest, beginsText: false)
    let prefixes = TextPrefixes(latest, ids, encoding)
    // A turn's text joins the markers' text around it and may take a few tokens fewer there than alone.
    var tokenCount = min(ids.count - 1, max(tokenBudget - fixedTokenCount, 0) + 4)
    while tokenCount > 0 {
      if let text = prefixes.text(tokenCount: tokenCount) {
        let shortened = run(latestPieces(text, isFirst: true))
        if count(opening, shortened) <= tokenBudget {
          return finish([opening, shortened], kept: 0, userTokensCut: ids.count - tokenCount)
        }
      }
      tokenCount -= 1
    }
    throw ChatError.fixedTextTooLong(fixedTokenCount: fixedTokenCount, tokenBudget: tokenBudget)
  }
}
