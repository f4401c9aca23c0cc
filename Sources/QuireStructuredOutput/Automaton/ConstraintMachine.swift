/// The automaton that reads a constraint's answers.
enum ConstraintMachine {
  /// One way at a time; at most so many frames on its stack.
  case pushdown(PushdownAutomaton, frameLimit: Int)
  /// All ways at once, where a byte of look ahead does not tell them apart.
  case parallel(ParallelAutomaton)

  init(_ grammar: ConstraintGrammar) throws(ConstraintError) {
    if grammar.isInNormalForm {
      let rules = try Determiniser(grammar.network, root: grammar.root)
      self = .pushdown(
        PushdownAutomaton(rules, root: grammar.root), frameLimit: ConstraintLimits.frameCount)
      return
    }
    do throws(ConstraintError) {
      self = try Self.normalised(grammar, isInlining: true)
    } catch {
      guard error.kind == .limit else { throw error }
      // What was put in the place of its calls may have multiplied.
      self = try Self.normalised(grammar, isInlining: false)
    }
  }

  private static func normalised(
    _ grammar: ConstraintGrammar, isInlining: Bool
  ) throws(ConstraintError) -> ConstraintMachine {
    let (network, root) = try NetworkNormaliser.normalised(
      grammar.network, root: grammar.root, isInlining: isInlining)
    let rules = try Determiniser(
      network, root: root, copyLimit: isInlining ? ConstraintLimits.grammarCopyCount : 0)
    let flow = RuleFlow(rules)
    return flow.isDeterministic
      ? .pushdown(PushdownAutomaton(rules, root: root), frameLimit: ConstraintLimits.grammarFrameCount)
      : .parallel(ParallelAutomaton(rules, flow, root: root))
  }
}
