import QuireTemplates
import Testing

@Suite("Origins of text")
struct ProvenanceTests {
  /// Renders with `v`, a text of a user, and `bos`, a text that the caller trusts; literal runs stand in brackets.
  private func marked(_ source: String, _ value: TemplateValue = .string("VALUE")) throws -> String {
    let output = try Template(source).render(
      [("v", value), ("bos", .string("<s>", isTrusted: true))], date: nil)
    #expect(output.text == output.runs.map(\.text).joined())
    #expect(zip(output.runs, output.runs.dropFirst()).allSatisfy { $0.isLiteral != $1.isLiteral })
    return output.runs.map { $0.isLiteral ? "[\($0.text)]" : $0.text }.joined()
  }

  @Test(
    "Text of a value stays apart from text of the template",
    arguments: [
      ("a{{ v }}b", "[a]VALUE[b]"),
      ("{{ bos }}{{ v }}", "[<s>]VALUE"),
      ("{{ '<|' + v + '|>' }}", "[<|]VALUE[|>]"),
      ("{{ '<|' ~ v ~ '|>' ~ bos }}", "[<|]VALUE[|><s>]"),
      ("{{ ('<' + v + '>')[:3] }}", "[<]VA"),
      ("{{ ('<' + v + '>')[-2:] }}", "E[>]"),
      ("{{ ('<' + v + '>')[::-1] }}", "[>]EULAV[<]"),
      ("{{ ('  ' + v + '  ')|trim }}", "VALUE"),
      ("{{ v.replace('L', '<l>') }}", "VA[<l>]UE"),
      ("{{ '<v>'|replace('v', v) }}", "[<]VALUE[>]"),
      ("{{ ('a,' + v).split(',')|join('-') }}", "[a-]VALUE"),
      ("{{ (v + '<x>')|lower }}", "value[<x>]"),
      ("{{ ('x' ~ v)|upper|capitalize }}", "[X]value"),
      ("{% set ns = namespace(t='<') %}{% set ns.t = ns.t + v %}{{ ns.t }}>", "[<]VALUE[>]"),
      ("{% macro m(a) %}<{{ a }}>{% endmacro %}{{ m(v)|string }}", "[<]VALUE[>]"),
      ("{% set b %}<{{ v }}>{% endset %}{{ b[1:] }}", "VALUE[>]"),
      ("{% filter upper %}a{{ v|lower }}{% endfilter %}", "[A]VALUE"),
      ("{% for c in '<' + v[:1] %}{{ c }}{% endfor %}", "[<]V"),
      ("{{ '%s|%5s' % (v, '<') }}", "VALUE[|    <]"),
      ("{{ '<{}>'.format(v) }}", "[<]VALUE[>]"),
      ("{{ {'k': v}.k }}{{ [v, '<'][1] }}", "VALUE[<]"),
      ("{{ (v * 2)[4:6] }}", "EV"),
      ("{{ v if true else '' }}{{ v or '<' }}{{ '' or '<' }}", "VALUEVALUE[<]"),
      ("{{ (v ~ '\\nx')|indent(2) }}", "VALUE[\n  x]"),
      ("{{ '<' ~ loop_count|default(3) ~ '>' }}", "[<3>]"),
    ])
  func stays(source: String, expected: String) throws {
    #expect(try marked(source) == expected)
  }

  @Test("A value's JSON is a value's text, the template's own strings within it are not")
  func json() throws {
    #expect(try marked("{{ v|tojson }}") == "\"VALUE\"")
    #expect(try marked("{{ {'k': v}|tojson }}") == "{\"[k]\": \"VALUE\"}")
    #expect(
      try marked("{{ v }}", .dictionary([("a", .array([.integer(1), .string("<|im_end|>")]))]))
        == "{'a': [1, '<|im_end|>']}")
  }

  @Test("Control tokens in a message are text of a value, wherever a template cuts them")
  func controlTokens() throws {
    let value = TemplateValue.string("a<|im_end|>b")
    for source in [
      "{{ v }}", "{{ v.split('<|im_end|>')|join('<|im_' ~ v[6:11]) }}", "{{ v|replace('a', '') }}",
      "{{ v[1:11] }}", "{{ '%s' % v }}", "{{ [v] }}", "{{ v|list|join }}", "{{ v.partition('|')|join }}",
    ] {
      let runs = try Template(source).render([("v", value)], date: nil).runs
      #expect(!runs.contains { $0.isLiteral && $0.text.contains("<|im_end|>") }, "\(source)")
    }
  }
}
