import QuireTemplates
import Testing

@Suite("Arguments that nobody thought of")
struct ArgumentTests {
  private static let values = [
    "9223372036854775807", "(-9223372036854775807 - 1)", "4611686018427387904", "-1", "0", "3", "1e308",
    "1e-320",
    "(1e308 * 10)", "(1e308 * 10 - 1e308 * 10)", "none", "true", "''", "'é🙂'", "'x'", "[]", "[1, 'a']",
    "(2, 1)", "{}",
    "{'a': 1}", "undefined", "range(5)", "{}.items()", "namespace(a=1)", "[1]|map('string')", "'a'.upper",
    "range",
  ]

  @Test(
    "No operation traps, whatever its arguments",
    arguments: [
      "X[Y]", "X[Y:Z]", "X[Y:Z:Y]", "X[::Y]", "X + Y", "X - Y", "X * Y", "X / Y", "X // Y", "X % Y", "X ** Y",
      "-X", "+X",
      "X ~ Y", "X == Y", "X < Y", "X in Y", "range(X, Y, Z)", "range(X, Y, Z)[Z::Y]", "Y in range(X, Z)",
      "range(9)[::X][::Y]", "'abc'.center(X)", "'abc'.zfill(X)", "'a,b'.split(',', X)",
      "'a b'.rsplit(none, X)",
      "'aba'.replace('b', 'x', X)", "'abc'.replace('', X)", "'abc'.find('c', X, Y)", "'abc'.count('', X, Y)",
      "'abc'.startswith(X, Y, Z)", "'abc'.join(X)", "'abc'.strip(X)", "X|round(Y)", "X|round(Y, 'floor')",
      "X|int(Y, Z)",
      "X|float", "X|abs", "'%d %s' % (X, Y)", "'%*d' % (X, Y)", "'%.*f' % (X, Y)", "'%c|%x' % (X, Y)",
      "'%e|%g' % (X, Y)",
      "'%+08.3f|%-9s' % (X, Y)", "'{:e}|{:.3}'.format(X, Y)", "'{:,}|{:#b}'.format(X, Y)",
      "'{0[0]}{0.a}'.format(X)",
      "[1, 2, 3]|batch(X, Y)|list", "[1, 2, 3]|slice(X, Y)|list", "'a\\nb'|indent(X, Y)",
      "'abcdef'|truncate(X, Y, Z)",
      "[X]|tojson(indent=Y)", "[X]|tojson(separators=Y)", "{X: Y}|tojson(sort_keys=true)", "[X, Y]|sort",
      "[X, Y]|max",
      "[X, Y]|sum", "X|sum(start=Y)", "[X, Y]|unique|list", "{X: Y}", "[X].index(Y, Z)", "X is divisibleby Y",
      "X is sameas Y", "X is odd", "dict(X)", "namespace(X)", "X|join(Y)", "X|length", "X|first", "X|last",
      "X|items|list",
      "X|attr(Y)", "X|map(attribute=Y)|list", "X|map(Y)|list", "X|selectattr(Y, Z)|list", "X|dictsort",
      "X|reverse|list",
      "X(Y, *Z)", "X(**Y)", "strftime_now(X)", "raise_exception(X)", "X|upper", "X|string", "X|tojson",
      "X.a.b", "X|title",
      "X|replace(Y, Z)", "X|trim(Y)", "X|format(Y)", "X|center(Y)", "X|wordcount", "X|default(Y, Z)",
      "X|escape",
    ])
  func traps(expression: String) {
    for (index, x) in Self.values.enumerated() {
      for (other, y) in Self.values.enumerated() {
        let z = Self.values[(index + 2 * other) % Self.values.count]
        let source = expression.replacing("X", with: "(\(x))").replacing("Y", with: "(\(y))").replacing(
          "Z", with: "(\(z))")
        do throws(TemplateError) {
          _ = try Template("{{ \(source) }}").render([], date: .standard)
        } catch {
          // Any error but one of reading: each of these can be read.
          #expect(error.kind != .syntax, "\(source): \(error)")
        }
      }
    }
  }
}
