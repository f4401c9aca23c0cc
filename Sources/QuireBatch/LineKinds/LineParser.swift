import QuireOpenAI
package import QuireRequests

/// Reads input lines of all kinds; knows nothing of models, files or other lines.
package struct LineParser: Sendable {
  /// How lines are written.
  package var format: InputFormat
  /// What stands in for what lines leave out.
  package var defaults: LineDefaults
  /// Which columns mean what.
  private let rules: RowRules

  /// A parser of lines in a format, with what they leave open.
  /// - Parameters:
  ///   - format: how lines are written.
  ///   - sampling: parameters of lines that say nothing.
  ///   - chatsBarePrompts: whether bare prompts are user turns of a chat; a system text makes them such, too.
  ///   - system: the system text of conversations without one; nil leaves it to the chat format.
  ///   - templateArguments: variables of the chat template that lines do not set.
  ///   - rules: which columns mean what.
  ///   - nearKeys: what finds keys that were meant to be parameters.
  package init(
    format: InputFormat = .jsonl, sampling: SamplingSettings = SamplingSettings(),
    chatsBarePrompts: Bool = false, system: String? = nil, templateArguments: [String: JSONText] = [:],
    rules: RowRules = RowRules(), nearKeys: NearKeys = NearKeys()
  ) {
    self.format = format
    self.rules = rules
    defaults = LineDefaults(
      body: BodyDefaults(sampling: sampling, system: system, templateArguments: templateArguments),
      chatsBarePrompts: chatsBarePrompts || system != nil, nearKeys: nearKeys)
  }

  /// Reads one line; whatever is wrong with it is in the result.
  package func parse(_ line: InputLine) -> ParsedLine {
    do throws(InputError) {
      let content = try LineFraming.content(of: line, format)
      if rules.scoresTexts { return parse(content, ScoreLine(rules), defaults) }
      var defaults = defaults
      defaults.areRows = line.isRow
      guard case .object(let members) = content else {
        return parse(content, LineKinds.kind(of: content).init(), defaults)
      }
      if rules.template != nil { return parse(content, TemplatedLine(rules), defaults) }
      let renamed = LineContent.object(try rules.map.renamed(members))
      return parse(renamed, LineKinds.kind(of: renamed).init(), defaults)
    } catch {
      return ParsedLine(line: NativeLine(), request: .failure(error))
    }
  }

  private func parse(
    _ content: LineContent, _ unread: some LineKind, _ defaults: LineDefaults
  ) -> ParsedLine {
    var line = unread
    do throws(InputError) {
      let request = try line.read(content, defaults)
      return ParsedLine(line: line, request: .success(request))
    } catch {
      return ParsedLine(line: line, request: .failure(error))
    }
  }
}
