import QuireBatch
import QuireJSON
import QuireOpenAI

/// What has to hold of all lines of a batch before the first is answered. What is wrong with the body of one line is found
/// when its turn comes, and is the error of that line alone.
struct BatchValidation {
  /// Problems after which no more is read.
  static let problemLimit = 100

  /// Lines that were read.
  private(set) var lineCount = 0
  /// What is wrong.
  private(set) var problems: [StoredBatch.Problem] = []
  private let endpoint: String
  private var registry = LineRegistry(runSeed: 0)

  /// Checks the lines of a file.
  ///
  /// - Parameters:
  ///   - endpoint: what each `url` has to be.
  ///   - isInterrupted: ends the reading.
  /// - Throws: where the file cannot be read.
  init(ofFile path: String, endpoint: String, isInterrupted: () -> Bool) throws {
    self.endpoint = endpoint
    let file = try InputFile(path: path)
    defer { withExtendedLifetime(file) {} }
    let reader = LineReader(descriptor: file.descriptor, name: path)
    while problems.count < Self.problemLimit, !isInterrupted() {
      switch try reader.next(waitMilliseconds: -1) {
      case .line(let line):
        lineCount += 1
        check(line)
      case .notReady: continue
      case .end:
        if lineCount == 0 { problems.append(.init(code: "empty_file", message: "the file has no line")) }
        return
      }
    }
  }

  private mutating func check(_ line: InputLine) {
    do throws(InputError) {
      let members = try LineFraming.object(in: line).members()
      func field(_ name: String) throws(InputError) -> JSONView {
        guard let value = members.first(where: { $0.key == name })?.value, !value.isNull else {
          throw InputError(.missingParameter, "\(name) is missing from the line", param: name)
        }
        return value
      }
      let idField = try field("custom_id")
      let id = try idField.string("custom_id")
      let method = try field("method").string("method")
      guard method == "POST" else {
        throw InputError(
          .invalidMethod, "method: found \(Excerpt.quoted(method)), expected \"POST\"", param: "method")
      }
      let url = try field("url").string("url")
      guard url == endpoint else {
        throw InputError(
          .invalidURL, "url: found \(Excerpt.quoted(url)), expected the batch's endpoint \(endpoint)",
          param: "url")
      }
      let body = try field("body")
      guard body.kind == .object else { throw body.typeError("body", expected: "an object") }
      let registration = registry.register(
        id: try LineID(idField, path: "custom_id"), content: [], lineNumber: line.number)
      if let earlier = registration.earlierLine {
        throw InputError(
          .duplicateCustomID,
          "custom_id: \(Excerpt.quoted(id)) is the one of line \(earlier), and must be unique within a batch",
          param: "custom_id")
      }
    } catch {
      // The codes that OpenAI's batches have for these.
      let code =
        [.invalidJSON, .invalidUTF8, .lineTooLong].contains(error.code)
        ? "invalid_json_line" : error.code.rawValue
      problems.append(.init(code: code, message: error.message, param: error.param, line: line.number))
    }
  }
}

extension InputError.Code {
  fileprivate static let missingParameter = Self(rawValue: "missing_required_parameter")
  fileprivate static let invalidMethod = Self(rawValue: "invalid_method")
  fileprivate static let invalidURL = Self(rawValue: "invalid_url")
  fileprivate static let duplicateCustomID = Self(rawValue: "duplicate_custom_id")
}
