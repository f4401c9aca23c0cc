import Foundation
import QuireJSON
import QuireTemplates
import Testing

/// What transformers' own rendering gives, from Tests/Goldens/templates.
@Suite("Templates render as transformers renders them")
struct GoldenTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Goldens/templates")
  /// A folder with the published templates of digests.json.
  private static let collection = ProcessInfo.processInfo.environment["QUIRE_TEST_TEMPLATES"]

  private func json(_ bytes: some Sequence<UInt8>) throws -> JSONValue {
    try JSONValue(parsing: Array(bytes), repeatedKeys: .refused, keepsWideIntegers: true)
  }

  private func variables(_ value: JSONValue?) -> [(name: String, value: TemplateValue)] {
    guard case .object(let members)? = value else { return [] }
    return members.map { ($0.name, TemplateValue($0.value)) }
  }

  /// The text, nil where reading or rendering fails.
  private func render(
    _ source: String, _ variables: [(name: String, value: TemplateValue)]
  ) -> Result<String, TemplateError> {
    do throws(TemplateError) {
      return .success(try Template(source).render(variables, date: .standard).text)
    } catch {
      return .failure(error)
    }
  }

  @Test(
    "Generated programs give jinja2's text, and those that fail there fail",
    arguments: ["programs.jsonl", "integers.jsonl"])
  func programs(file: String) throws {
    let lines = try Data(contentsOf: Self.folder.appending(path: file)).split(separator: 0x0A)
    let variables = variables(try json(lines[0])["variables"])
    #expect(lines.count > 400)
    var texts = 0
    for line in lines.dropFirst() {
      let program = try json(line)
      let source = try #require(program["source"]?.text)
      let expected = program["text"]?.text
      let result = render(source, variables)
      #expect((try? result.get()) == expected, "\(source): \(result)")
      texts += expected == nil ? 0 : 1
    }
    #expect(texts > 250)
  }

  @Test(
    "Published templates give transformers' text on every conversation",
    .enabled(if: collection?.isEmpty == false))
  func publishedTemplates() throws {
    let folder = URL(filePath: try #require(Self.collection))
    guard
      case .object(let conversations) = try json(
        Data(contentsOf: Self.folder.appending(path: "conversations.json"))),
      case .object(let templates) = try json(Data(contentsOf: Self.folder.appending(path: "digests.json")))
    else { throw CocoaError(.fileReadCorruptFile) }
    #expect(templates.count > 70 && conversations.count > 50)
    for template in templates {
      let source = try String(contentsOf: folder.appending(path: template.name), encoding: .utf8)
      guard case .array(let expected) = template.value else { throw CocoaError(.fileReadCorruptFile) }
      for (conversation, expected) in zip(conversations, expected) {
        let result = render(source, variables(conversation.value))
        let place: Comment = "\(template.name) on \(conversation.name)"
        switch result {
        case .success(let text): #expect(digest(text) == expected.text, place)
        case .failure(let error):
          #expect(expected.text == nil, place)
          #expect((error.kind == .raised) == (expected["raised"] != nil), place)
          if error.kind == .raised { #expect(error.message == expected["raised"]?.text, place) }
        }
      }
    }
  }

  /// FNV-1a of the UTF-8, 64 bits, in hexadecimal.
  private func digest(_ text: String) -> String {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
