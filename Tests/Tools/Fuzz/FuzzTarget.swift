import QuireBatch
import QuireEngine
import QuireExpressions
import QuireJSON
import QuireModels
import QuireOpenAI
import QuirePlatform
import QuireRequests
import QuireStructuredOutput
import QuireTemplates
import QuireTokenizers

/// A reader of what strangers write.
struct FuzzTarget: Sendable {
  /// The name on the command line, and of the folder of its corpus.
  let name: String
  /// The file in the work folder that holds each input.
  let fileName: String
  /// Reads the file, and returns in words what came of it; ends the process where the reader breaks its promises.
  let read: @Sendable (_ path: String, _ bytes: [UInt8]) throws -> String

  /// Every reader.
  static let all: [FuzzTarget] = [
    FuzzTarget(name: "gguf", fileName: "case.gguf") { path, _ in try model(path) },
    FuzzTarget(name: "safetensors", fileName: "model/model.safetensors") { path, _ in try model(folder(path))
    },
    FuzzTarget(name: "config", fileName: "model/config.json") { path, _ in try model(folder(path)) },
    FuzzTarget(name: "tokenizer-json", fileName: "case.json") { path, _ in
      use(try Tokenizer.load(tokenizerJSON: path))
    },
    FuzzTarget(name: "tiktoken", fileName: "case.tiktoken") { path, _ in
      use(try Tokenizer.load(tiktoken: path))
    },
    FuzzTarget(name: "sentencepiece", fileName: "case.model") { path, _ in
      use(try Tokenizer.load(sentencePiece: path))
    },
    FuzzTarget(name: "json", fileName: "case.json") { _, bytes in try json(bytes) },
    FuzzTarget(name: "template", fileName: "case.jinja") { _, bytes in try template(bytes) },
    FuzzTarget(name: "expression", fileName: "case.txt") { _, bytes in try expression(bytes) },
    FuzzTarget(name: "schema", fileName: "case.json") { _, bytes in
      try constraint(.jsonSchema(String(decoding: bytes, as: UTF8.self)))
    },
    FuzzTarget(name: "regex", fileName: "case.txt") { _, bytes in
      try constraint(.regex(String(decoding: bytes, as: UTF8.self)))
    },
    FuzzTarget(name: "grammar", fileName: "case.gbnf") { _, bytes in
      try constraint(.grammar(String(decoding: bytes, as: UTF8.self)))
    },
    FuzzTarget(name: "structural-tag", fileName: "case.json") { _, bytes in
      try constraint(.structuralTag(String(decoding: bytes, as: UTF8.self)))
    },
    FuzzTarget(name: "lines", fileName: "case.jsonl") { path, _ in try lines(path, .jsonl) },
    FuzzTarget(name: "csv", fileName: "case.csv") { path, _ in try lines(path, .csv) },
  ]

  private static func folder(_ path: String) -> String {
    path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
  }

  private static let team = ThreadTeam(threadCount: 1)

  private static func model(_ path: String) throws -> String {
    let package = try ModelPackage.open(path)
    try package.checkNumbers(on: team)
    return use(try Tokenizer.load(from: package.tokenizerSource, settings: package.tokenizerSettings))
  }

  private static func use(_ tokenizer: Tokenizer) -> String {
    let text = "Hello, wörld! 你好 <|im_end|>  \n\n 12345 don't\u{301}"
    let ids = tokenizer.encode(text, recognizeSpecialTokens: true)
    _ = tokenizer.decode(ids)
    precondition(
      ids.allSatisfy { $0 >= 0 && Int($0) < tokenizer.vocabularySize }, "an id outside of the vocabulary")
    return "taken"
  }

  private static func json(_ bytes: [UInt8]) throws -> String {
    let value = Result { try JSONValue(parsing: bytes, repeatedKeys: .kept, depthLimit: 128) }
    let view = Result { try JSONView(validating: bytes) }
    if case .success = value, case .failure(let error) = view {
      preconditionFailure("one reader takes what the other refuses: \(error)")
    }
    try walk(try view.get())
    return "\(try view.get().kind)"
  }

  private static func walk(_ view: JSONView) throws {
    switch view.kind {
    case .object: for member in try view.distinctMembers(atMost: 65_536) { try walk(member.value) }
    case .array: try view.forEachElement { _, element in try walk(element) }
    case .string: precondition(view.name.utf8.count <= JSONView.nameByteLimit + 3, "a name is short")
    default: break
    }
  }

  private static func template(_ bytes: [UInt8]) throws -> String {
    var limits = TemplateLimits.standard
    limits.steps = 300_000
    limits.allocatedBytes = 16 << 20
    let message = TemplateValue.dictionary([
      ("role", .string("user", isTrusted: true)), ("content", .string("Hi")),
    ])
    let output = try Template(String(decoding: bytes, as: UTF8.self), limits: limits).render(
      [
        ("messages", .array([message, message])), ("tools", .array([.dictionary([("a", .integer(3))])])),
        ("add_generation_prompt", .bool(true)), ("bos_token", .string("<s>", isTrusted: true)),
      ], date: TemplateDate(year: 2024, month: 7, day: 26))
    precondition(output.runs.map(\.text).joined().utf8.elementsEqual(output.text.utf8), "runs are the text")
    return "rendered"
  }

  /// An expression up to the first NUL, the text to search behind it.
  private static func expression(_ bytes: [UInt8]) throws -> String {
    let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    let expression = try Expression(String(decoding: parts[0], as: UTF8.self))
    let sample = "Hello, wörld! 你好  \r\n\n 12345 don't aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"
    let text = Array((parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : sample).utf8)
    var (count, end) = (0, 0)
    text.withUnsafeBufferPointer { text in
      expression.forEachMatch(in: text) { range in
        precondition(range.lowerBound >= end && range.upperBound <= text.count, "matches are in order")
        (count, end) = (count + 1, range.upperBound)
      }
    }
    return "matches \(min(count, 3))"
  }

  private static let vocabulary = ConstraintVocabulary(tokenCount: 258) { id in
    id < 256 ? [UInt8(id)] : Array("ab".utf8)
  }

  private static func constraint(_ constraint: OutputConstraint) throws -> String {
    let compiled = try CompiledConstraint(constraint, vocabulary: vocabulary)
    precondition(compiled.shortestCompletion >= 0, "an answer has a length")
    return "compiled"
  }

  /// Lines or rows, compressed or not, and what each asks for.
  private static func lines(_ path: String, _ format: InputFormat) throws -> String {
    let file = try InputFile(path: path)
    let reader = InputReader(file, format: format)
    var last = "none"
    while true {
      switch try reader.next(waitMilliseconds: -1) {
      case .line(let line):
        switch LineParser().parse(line).request {
        case .success: last = "taken"
        case .failure(let error):
          precondition(error.message.utf8.count < 4096, "a message is short")
          last = error.message
        }
      case .notReady: continue
      case .end: return reader.failure.map { "\($0)" } ?? last
      }
    }
  }
}
