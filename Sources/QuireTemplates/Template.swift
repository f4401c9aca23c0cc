/// A template that has been read: source of prompts, rendered with variables.
///
/// The language is what chat templates use of Jinja, with transformers' settings and functions. Reading and rendering
/// touch nothing but their arguments, and `TemplateLimits` bounds both.
package struct Template: Sendable {
  /// The statements in order.
  let statements: [Statement]
  /// What their names refer to.
  let scopes: ScopeTable
  /// The bounds of rendering.
  private(set) var limits: TemplateLimits

  /// Reads a template.
  /// - Throws: a syntax error with its place, or a limit that the source exceeds.
  package init(_ source: String, limits: TemplateLimits = .standard) throws(TemplateError) {
    let parsed = try TemplateParser.parse(source, limits: limits)
    statements = parsed.statements
    scopes = try ScopeAnalysis.analyze(
      parsed.statements, scopeCount: parsed.scopeCount, siteCount: parsed.siteCount)
    self.limits = limits
  }

  /// The same template, rendered within other bounds.
  package func limited(to limits: TemplateLimits) -> Template {
    var template = self
    template.limits = limits
    return template
  }

  /// Renders the template.
  /// - Parameters:
  ///   - variables: the global names; of one that stands twice the last value holds.
  ///   - date: what `strftime_now` takes for now; without one templates find no such function.
  ///   - refusesUndefined: whether the use of a name, attribute or element that is not there is an error, as with
  ///     Jinja's `StrictUndefined`. The tests `defined` and `undefined` and the filter `default` may always ask for one.
  /// - Throws: `raised` with the text that the template gave, an error of evaluation, or of a limit; with the place of
  ///   the tag.
  package func render(
    _ variables: [(name: String, value: TemplateValue)], date: TemplateDate?, refusesUndefined: Bool = false
  ) throws(TemplateError) -> TemplateOutput {
    let interpreter = Interpreter(self, variables: variables, date: date)
    interpreter.refusesUndefined = refusesUndefined
    return TemplateOutput(try interpreter.render())
  }

  /// Global names that the template reads, functions of the language apart.
  package var variableNames: Set<String> { scopes.variableNames }
}
