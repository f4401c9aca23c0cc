import QuireTemplates
import Testing

@Suite("Templates that refuse what is undefined")
struct UndefinedTests {
  private func render(_ source: String) throws(TemplateError) -> String {
    try Template(source).render(
      [("v", .string("x")), ("m", .dictionary([("a", .integer(1))])), ("n", .none)], date: nil,
      refusesUndefined: true
    ).text
  }

  @Test(
    "The use of what is not there is an error that names it, as with Jinja's StrictUndefined",
    arguments: [
      ("{{ w }}", "w is undefined"), ("{{ m.b }}", "b is undefined"), ("{{ m['b'] }}", "b is undefined"),
      ("{% if w %}{% endif %}", "w is undefined"), ("{% for x in w %}{% endfor %}", "w is undefined"),
      ("{{ v ~ w }}", "w is undefined"), ("{{ w | upper }}", "w is undefined"),
      ("{{ w == 1 }}", "w is undefined"),
      ("{{ [w] }}", "w is undefined"), ("{{ 'a' if false }}", "without \"else\" is undefined"),
      ("{{ w is none }}", "w is undefined"), ("{% set x = w %}", "w is undefined"),
      ("{{ m.b | default(w) }}", "w is undefined"),
    ])
  func refused(source: String, message: String) {
    let error = #expect(throws: TemplateError.self) { try render(source) }
    #expect(error?.kind == .undefined)
    #expect(error?.message.contains(message) == true, "\(error!)")
    #expect(error?.place?.line == 1)
  }

  @Test(
    "What asks whether something is there may ask for anything",
    arguments: [
      ("{{ w is defined }}", "False"), ("{{ w is not defined }}", "True"), ("{{ w is undefined }}", "True"),
      ("{{ m.b is defined }}", "False"), ("{{ w | default('d') }}", "d"), ("{{ m.b | d('d') }}", "d"),
      ("{{ m.get('b') }}", "None"), ("{{ n }}", "None"), ("{{ w | default('d') | upper }}", "D"),
      ("{{ 'a' if w is defined else v }}", "x"), ("{% if w is defined and w %}a{% endif %}", ""),
    ])
  func allowed(source: String, text: String) throws {
    #expect(try render(source) == text)
  }

  @Test("Chat templates go on with nothing in its place")
  func lenient() throws {
    #expect(try Template("{{ w }}.{{ m.b }}").render([("m", .dictionary([]))], date: nil).text == ".")
  }
}
