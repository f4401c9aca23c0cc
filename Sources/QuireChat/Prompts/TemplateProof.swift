import QuireJSON
import QuireRequests

/// The comparison of a hand-written format with a model's template, over conversations that would tell them apart.
///
/// Beside contents of the usual kinds, each literal of the template is a content, in every place of a conversation:
/// a template that looks for a text in messages finds it there. A template that counts further than the probes is not
/// compared, and runs.
struct TemplateProof {
  /// The hand-written format, where it writes what the template writes.
  let written: ChatFormatter?
  /// The way that follows.
  let way: ChatWay

  /// Compares, where there is a style that resembles the template.
  init(_ style: ChatStyle?, _ templated: TemplatedFormatter) {
    guard let style else {
      written = nil
      way = .template(reason: "its markers are those of no format that is written by hand")
      return
    }
    let name = style.format.rawValue
    let formatter: ChatFormatter
    do throws(ChatError) {
      formatter = try ChatFormatter(style: style, encoding: templated.encoding)
    } catch {
      written = nil
      way = .template(reason: "it resembles \(name), but \(error)")
      return
    }
    let tokens = TemplateScanner.scan(templated.template.source)
    if let obstacle = Self.obstacle(tokens, templated.template.literals) {
      written = nil
      way = .template(reason: "it resembles \(name), but \(obstacle)")
      return
    }
    let probes = Self.probes(templated.template.literals)
    let probing = TemplatedFormatter(
      template: templated.template.limited(toSteps: ChatTemplate.probeSteps), encoding: templated.encoding,
      stopTokens: templated.stopTokens)
    for probe in probes where !Self.agree(formatter, probing, probe) {
      written = nil
      way = .template(reason: "it resembles \(name), but writes otherwise \(Self.words(probe))")
      return
    }
    written = formatter
    way = .writtenAsTemplate(style.format, probeCount: probes.count)
  }

  /// Whether both write the same, text and ids. What is not written by hand anyway need not agree.
  private static func agree(
    _ formatter: ChatFormatter, _ templated: TemplatedFormatter, _ messages: [ChatMessage]
  ) -> Bool {
    guard formatter.takes(messages),
      let byHand = try? formatter.prompt(for: messages, tokenBudget: nil, cut: .allowed)
    else { return true }
    let run = try? templated.prompt(for: messages, TemplateInput(), tokenBudget: nil, cut: .allowed)
    return run?.text.utf8.elementsEqual(byHand.text.utf8) == true && run?.tokenIDs == byHand.tokenIDs
  }

  /// Most literals that are probed; templates of the formats have some 10 to 60.
  private static let mostLiterals = 128
  /// Most bytes of a literal that is probed in whole.
  private static let mostLiteralBytes = 4096
  /// Rounds of the longest probe: what a template counts beyond that is not seen.
  private static let mostRounds = 5

  /// Why a template cannot be compared.
  private static func obstacle(_ tokens: [TemplateToken], _ literals: Set<String>) -> String? {
    guard literals.count <= mostLiterals, literals.allSatisfy({ $0.utf8.count <= mostLiteralBytes }) else {
      return "has more literals than are compared"
    }
    for case .code(let code) in tokens {
      for number in code.split(whereSeparator: { !$0.isASCII || !$0.isNumber }) {
        guard let value = Int(number), value <= mostRounds else { return "counts to \(number)" }
      }
    }
    return nil
  }

  private static let contents = [
    "Hi", "  two  spaces ", "\n\nlines\n", "", "你好，世界", "{{ x }} <b>'\"\\</b>", "\u{A0}é\u{3000}",
    "<think>\nwhy\n</think>\n\nso",
  ]

  private static func probes(_ literals: Set<String>) -> [[ChatMessage]] {
    var probes: [[ChatMessage]] = []
    for text in contents + literals.sorted() {
      probes.append([.user(text)])
      probes.append([.system(text), .user(text), .assistant(text), .user(text)])
      probes.append([.user("q \(text) q"), .assistant("a \(text) a"), .user("q")])
      probes.append([.system("s \(text) s"), .user("q")])
    }
    for rounds in 1...mostRounds {
      for system in [nil, "", "Be brief."] {
        probes.append(
          ChatMessage.conversation(
            system: system, history: (0..<rounds).map { ("question \($0)", "answer \($0)") }, prompt: "q"))
      }
    }
    probes.append([.user("a"), .user("b")])
    probes.append([.assistant("a"), .user("b")])
    probes.append([.system("s"), .assistant("a"), .user("b")])
    probes.append([.user("a"), .assistant("b"), .assistant("c"), .user("d")])
    return probes
  }

  /// A probe in words.
  private static func words(_ messages: [ChatMessage]) -> String {
    let roles = messages.map { message in
      message.content.isEmpty
        ? "an empty message from \(message.role.rawValue)"
        : "\(message.role.rawValue) \(Excerpt.quoted(message.content))"
    }
    return (messages.first?.role == .system ? "" : "without a system text ") + roles.joined(separator: ", ")
  }
}
