import QuireTemplates
import Testing

@Suite("Limits of templates")
struct LimitTests {
  private func failure(_ source: String, _ limits: TemplateLimits = .standard) -> TemplateError? {
    do throws(TemplateError) {
      _ = try Template(source, limits: limits).render([("v", .string("text"))], date: nil)
      return nil
    } catch {
      return error
    }
  }

  @Test(
    "A hostile template ends with an error of a limit",
    arguments: [
      "{{ range(10**9) }}", "{{ 'a' * 10**9 }}", "{{ 'a' * 10**18 }}", "{{ [0] * 10**12 }}",
      "{{ [] * 10**18 }}",
      "{{ 10**5000 }}", "{{ 2**14303 + 2**14303 }}", "{{ 2**(2**40) }}", "{{ 2**(2**70) }}",
      "{{ (2**14303) * -8 }}",
      "{{ 2**14303 / 1 }}", "{{ 'a' * 2**70 }}", "{{ range(2**70) }}",
      "{{ 1.5 + 10**400 }}",
      "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
      "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}",
      "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
      "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
      "{% set n = namespace(t='x') %}{% for i in range(99) %}{% set n.t = n.t + n.t %}{% endfor %}",
      "{% set n = namespace(t='x') %}{% for i in range(99) %}{% set n.t = n.t ~ n.t %}{% endfor %}",
      "{% set n = namespace(t=[]) %}{% for i in range(99999) %}{% set n.t = [n.t] %}{% endfor %}",
      "{% set n = namespace(t=[1]) %}{% for i in range(70) %}{% set n.t = [n.t, n.t] %}{% endfor %}{{ n.t }}",
      "{% set n = namespace(t=[1]) %}{% for i in range(70) %}{% set n.t = (n.t, n.t) %}{% endfor %}{{ n.t|tojson }}",
      "{% set n = namespace(t=[1]) %}{% for i in range(70) %}{% set n.t = {'a': n.t, 'b': n.t} %}{% endfor %}{{ n.t == n.t }}",
      "{% set n = namespace() %}{% set n.n = n %}{{ n }}",
      "{{ 'a'.replace('', 'x' * 10**7).replace('', 'y' * 10**7) }}",
      "{{ ('a' * 10**6).replace('a', 'b' * 10**6) }}", "{{ ('a,' * 10**7).split(',') }}",
      "{{ 'x'.center(10**12) }}", "{{ '%999999999999s' % 'x' }}", "{{ '{:999999999}'.format('x') }}",
      "{{ [1, 2]|batch(10**15, 0)|list }}", "{{ [1]|slice(10**12)|list }}", "{{ 'a\\nb'|indent(10**15) }}",
      "{{ [[1]]|tojson(indent=10**15) }}", "{{ (['a' * 10**6] * 10**6)|join(',') }}",
      "{{ ('a' * 10**6 ~ 'b').split('a' * 10**5) }}{% for i in range(99999) %}{{ ('a' * 10**6).find('b') }}{% endfor %}",
    ])
  func hostile(source: String) {
    let clock = ContinuousClock()
    let start = clock.now
    let error = failure(source)
    #expect(
      error?.kind == .limit || error?.message.contains("not covered") == true,
      "\(source): \(String(describing: error))")
    #expect(clock.now - start < .seconds(60))
  }

  @Test(
    "Nesting in a source has a limit, whatever nests",
    arguments: [
      ("(", ")"), ("[", "]"), ("{1:", "}"), ("-", ""), ("not ", ""), ("a if ", ""), ("a if b else ", ""),
      ("x[", "]"),
      ("x(", ")"), ("[1]|map(", ")"), ("x[1:", "]"),
    ])
  func nesting(opening: String, closing: String) {
    #expect(failure("{{ " + String(repeating: opening, count: 100_000)) != nil)
    let nested = String(repeating: opening, count: 300) + "1" + String(repeating: closing, count: 300)
    #expect(failure("{{ " + nested + " }}")?.kind == .limit)
  }

  @Test(
    "Chains in a source have a limit",
    arguments: [" + 1", "|string", ".a", "[0]", "()", " if 1 else 1", " ** 1", " and 1"])
  func chains(link: String) {
    #expect(failure("{{ 1" + String(repeating: link, count: 1000) + " }}")?.kind == .limit)
  }

  @Test("Statements have a limit of nesting")
  func statements() {
    let source = String(repeating: "{% if 1 %}", count: 1000) + String(repeating: "{% endif %}", count: 1000)
    #expect(failure(source)?.kind == .limit)
  }

  @Test("A source has a limit of size")
  func size() {
    #expect(failure(String(repeating: " ", count: 2 << 20))?.kind == .limit)
  }

  @Test("Output has a limit, and so have steps and bytes")
  func custom() {
    var limits = TemplateLimits.standard
    limits.outputBytes = 10
    #expect(failure("{% for i in range(20) %}x{% endfor %}", limits)?.kind == .limit)
    #expect(failure("{% for i in range(10) %}x{% endfor %}", limits) == nil)
    limits = TemplateLimits.standard
    (limits.steps, limits.stepsPerInputByte) = (100, 0)
    #expect(failure("{% for i in range(200) %}{% endfor %}", limits)?.kind == .limit)
    limits = TemplateLimits.standard
    (limits.allocatedBytes, limits.allocatedBytesPerInputByte) = (2000, 0)
    #expect(failure("{{ 'x' * 3000 }}", limits)?.kind == .limit)
    #expect(failure("{{ 'x' * 300 }}", limits) == nil)
  }
}
