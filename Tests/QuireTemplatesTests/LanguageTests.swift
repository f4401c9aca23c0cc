import QuireJSON
import QuireTemplates
import Testing

@Suite("The language of templates")
struct LanguageTests {
  private func render(
    _ source: String, _ variables: [(name: String, value: TemplateValue)] = [], date: TemplateDate? = nil
  ) throws -> String {
    try Template(source).render(variables, date: date).text
  }

  private func failure(_ source: String) -> TemplateError? {
    do throws(TemplateError) {
      _ = try Template(source).render([("v", .string("text"))], date: nil)
      return nil
    } catch {
      return error
    }
  }

  @Test(
    "An error says what is wrong and where",
    arguments: [
      ("a\n  {% if v %}", "line 2, column 13: found the end of the template, expected {% elif %} or"),
      ("{{ v + }}", "line 1, column 8: found }}, expected an expression"),
      ("ä{{ v ]}}", "line 1, column 7: found \"]\""),
      ("{{ (v] }}", "line 1, column 6: found \"]\", expected \")\""),
      ("{{ v", "line 1, column 1: a tag that is not closed with }}"),
      ("x\n{# v", "line 2, column 1: a comment that is not closed with #}"),
      ("{{ 'v }}", "line 1, column 4: a string that is not closed"),
      ("{{ v ? 1 }}", "line 1, column 6: the character \"?\" has no meaning"),
      ("{{ '\\x4' }}", "line 1, column 4: the string \"\\x4\" has an escape"),
      ("{% include 'v' %}", "line 1, column 4: the tag \"include\" is not covered"),
      ("{% iff v %}", "line 1, column 4: the tag \"iff\" is unknown"),
      (
        "{% if v %}{% endfor %}",
        "line 1, column 14: the tag \"endfor\" is unknown or stands in the wrong place"
      ),
      ("{% break %}", "line 1, column 4: break outside a loop"),
      ("{% for loop in v %}{% endfor %}", "line 1, column 8: \"loop\" cannot be assigned to"),
      ("{% macro m(a, a) %}{% endmacro %}", "line 1, column 15: the parameter \"a\" stands twice"),
      ("{{ v|frobnicate }}", "line 1, column 1: the filter \"frobnicate\" is unknown"),
      ("\n{{ v|urlize }}", "line 2, column 1: the filter \"urlize\" is not covered"),
      ("{{ v is strange }}", "line 1, column 1: the test \"strange\" is unknown"),
      (
        "{{ \(String(repeating: "9", count: 4301)) }}",
        "line 1, column 4: the number \"\(String(repeating: "9", count: 57))…\" has more than 4300 digits"
      ),
      ("{% for i in [1] %}\n{{ nobody.name }}{% endfor %}", "line 2, column 1: nobody is undefined"),
      ("{{ v.name.first }}", "line 1, column 1: name is undefined"),
      ("{{ v + 1 }}", "line 1, column 1: + has no meaning for str and int"),
      ("{{ v() }}", "line 1, column 1: a value of type str cannot be called"),
      ("{{ [1] < [v] }}", "line 1, column 1: there is no order of int and str"),
      ("{{ v.startswith(1) }}", "line 1, column 1: startswith needs a str, or a tuple of such, not int"),
      ("{{ v.upper(1) }}", "line 1, column 1: upper takes at most 0 arguments, not 1"),
      ("{{ v|indent(x=1) }}", "line 1, column 1: the filter indent takes no further argument \"x\""),
      ("{{ v.translate({}) }}", "line 1, column 1: the method translate of strings is not covered"),
      ("{{ 1 // 0 }}", "line 1, column 1: division by zero"),
      ("{% set v.x = 1 %}", "line 1, column 1: cannot set x of v, which is no namespace"),
      ("{{ {[]: 1} }}", "line 1, column 1: a list cannot be a key of a dictionary"),
      ("{{ [1].append(2) }}", "line 1, column 1: append is undefined"),
      ("{{ strftime_now('%Y') }}", "line 1, column 1: strftime_now is undefined"),
      ("{{ namespace(_a=1) }}", "line 1, column 1: the attribute \"_a\" begins with an underscore"),
    ])
  func errors(source: String, expected: String) {
    let description = failure(source)?.description ?? "no error"
    #expect(description.hasPrefix(expected), "\(description)")
  }

  @Test("raise_exception gives its text and nothing else")
  func raised() {
    let error = failure("\n {{ raise_exception('Roles must alternate ' ~ 2 ~ ' ' ~ v) }}")
    #expect(error?.kind == .raised)
    #expect(error?.message == "Roles must alternate 2 text")
    #expect(error?.place?.line == 2 && error?.place?.column == 2)
  }

  @Test(
    "The names that a template reads from outside are known, and its own are not among them",
    arguments: [
      ("{{ a }}{% if b is defined %}{{ c.d }}{% endif %}", ["a", "b", "c"]),
      ("{% set a = 1 %}{{ a }}{% for i in b %}{{ i }}{{ loop.index }}{% endfor %}", ["b"]),
      ("{% if x %}{% set a = 1 %}{% endif %}{{ a }}", ["a", "x"]),
      ("{% macro m(a) %}{{ a }}{{ b }}{{ caller() }}{% endmacro %}{{ m(1) }}", ["b"]),
      ("{% set ns = namespace(t=tools) %}{{ ns.t }}{{ range(3) }}{{ strftime_now }}", ["tools"]),
      ("{% for i in [1] %}{% set a = a %}{{ a }}{% endfor %}", ["a"]),
      ("{% for i in [1] %}{{ a }}{% endfor %}{% set a = 1 %}", []),
      ("{{ x|default(y) if z }}{% with a = b %}{{ a }}{% endwith %}", ["b", "x", "y", "z"]),
    ])
  func variableNames(source: String, expected: [String]) throws {
    #expect(try Template(source).variableNames.sorted() == expected)
  }

  @Test("A name's scope depends on where it stands alone, as in Jinja")
  func scopes() throws {
    let variables = [(name: "v", value: TemplateValue.string("V"))]
    // Loops and blocks keep their assignments, conditions do not.
    #expect(
      try render("{% for i in [1, 2] %}{{ v }}{% set v = i %}{{ v }}{% endfor %}{{ v }}", variables)
        == "V1V2V")
    #expect(try render("{% if true %}{% set v = 1 %}{% endif %}{{ v }}", variables) == "1")
    #expect(try render("{% if false %}{% set v = 1 %}{% endif %}{{ v }}", variables) == "V")
    #expect(try render("{% set b %}{% set v = 1 %}{{ v }}{% endset %}{{ b }}{{ v }}", variables) == "1V")
    // A name that the template assigns later is its own from the start, but for what was read before.
    #expect(try render("{% for i in [1] %}[{{ v }}]{% endfor %}{% set v = 1 %}", variables) == "[]")
    #expect(try render("{{ v }}{% for i in [1] %}[{{ v }}]{% endfor %}{% set v = 1 %}", variables) == "V[V]")
    // Macros see the names around them as they are when they are called.
    #expect(try render("{% macro m() %}{{ x }}{% endmacro %}{{ m() }}{% set x = 1 %}{{ m() }}") == "1")
  }

  @Test("A date is English, and without one there is no function")
  func dates() throws {
    let date = try #require(TemplateDate(year: 2026, month: 3, day: 5, hour: 15, minute: 4, second: 9))
    let source = "{{ strftime_now('%d %B %Y %b %a %A %j %H:%M:%S %I %p %-d/%-m/%y %F %T %w %u %e%%') }}"
    #expect(
      try render(source, date: date)
        == "05 March 2026 Mar Thu Thursday 064 15:04:09 03 PM 5/3/26 2026-03-05 15:04:09 4 4  5%")
    #expect(try render("{{ strftime_now('%d %b %Y') }}", date: .standard) == "26 Jul 2024")
    #expect(try render("{{ strftime_now is defined }}") == "False")
    #expect(TemplateDate(year: 2023, month: 2, day: 29) == nil)
    #expect(TemplateDate(year: 2024, month: 2, day: 29) != nil)
    #expect(TemplateDate(year: 2024, month: 13, day: 1) == nil)
  }

  @Test("JSON values keep the order of their members, and integers apart from other numbers")
  func json() throws {
    let json = try JSONValue(
      parsing: Array(
        #"{"b": [1, 1.0, -0.0, 1e22, true, null], "a": {"ü": "x"}, "b2": 9007199254740993}"#.utf8),
      repeatedKeys: .refused)
    let source = "{{ v }}|{{ v|tojson }}|{% for k in v %}{{ k }} {% endfor %}"
    #expect(
      try render(source, [("v", TemplateValue(json))])
        == "{'b': [1, 1.0, -0.0, 1e+22, True, None], 'a': {'ü': 'x'}, 'b2': 9007199254740993}"
        + #"|{"b": [1, 1.0, -0.0, 1e+22, true, null], "a": {"ü": "x"}, "b2": 9007199254740993}|b a b2 "#)
  }

  @Test("Of a variable that is given twice the last value holds, and a function can be hidden by a variable")
  func variables() throws {
    #expect(try render("{{ a }}", [("a", .integer(1)), ("a", .integer(2))]) == "2")
    #expect(try render("{{ range }}", [("range", .string("x"))]) == "x")
  }

  @Test("A map with many keys finds each of them, and the last value of a key holds at the first one's place")
  func maps() throws {
    let members =
      (0..<50).map { (key: "k\($0)", value: TemplateValue.integer($0)) } + [(key: "k7", value: .integer(-1))]
    let source = "{{ v|length }} {{ v.k49 }} {{ v.k7 }} {{ (v|list)[7] }} {{ 'k50' in v }}"
    #expect(try render(source, [("v", .dictionary(members))]) == "50 49 -1 k7 False")
  }
}
