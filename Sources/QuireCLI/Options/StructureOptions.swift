import ArgumentParser
import QuireOpenAI
import QuireRequests

/// What every answer must be, for lines that say nothing of it.
struct StructureOptions: ParsableArguments {
  @Option(
    name: .customLong("response-format"), parsing: .unconditional,
    help: "What answers must be: the file of a JSON Schema or of OpenAI's response_format, or its text.",
    completion: .file())
  var responseFormat: String?
  @Option(
    parsing: .unconditionalSingleValue,
    help: "The only answers, with commas, blanks around them left out: yes,no; again for more.")
  var choice: [String] = []
  @Option(parsing: .unconditional, help: "A regular expression that whole answers match.")
  var regex: String?

  /// The longest file that is read for a schema, in bytes.
  private static let byteLimit = 16 << 20

  /// The constraint that was asked for. Throws where there are two, and for one that cannot be read.
  func constraint() throws -> OutputConstraint? {
    let given = [
      ("--response-format", responseFormat != nil), ("--choice", !choice.isEmpty), ("--regex", regex != nil),
    ].filter(\.1).map(\.0)
    guard given.count < 2 else {
      throw CommandError(
        .usage, "\(given.joined(separator: " and ")) say what answers must be; leave all but one of them out")
    }
    if let regex { return .regex(regex) }
    if let responseFormat { return try Self.responseFormat(responseFormat) }
    return choice.isEmpty ? nil : .choice(try choices())
  }

  private func choices() throws -> [String] {
    try choice.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }.map { text in
      let trimmed = String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      guard !trimmed.isEmpty else {
        throw CommandError(
          .usage, "--choice is \(choice.joined(separator: ",")), in which one of the answers is empty")
      }
      return trimmed
    }
  }

  private static func responseFormat(_ given: String) throws -> OutputConstraint? {
    let isText = given.drop { $0 == " " || $0 == "\n" }.hasPrefix("{")
    let text: String
    if isText {
      text = given
    } else {
      guard let bytes = TextFile.bytes(given, atMost: byteLimit),
        let content = String(validating: bytes, as: UTF8.self)
      else {
        throw CommandError(
          .usage,
          "--response-format is \(given), which is neither JSON nor a UTF-8 file of at most "
            + "\(byteLimit >> 20) MiB that can be read")
      }
      text = content
    }
    do throws(InputError) {
      return try StructuredOutputsReader.responseFormat(inText: text, path: "--response-format")
    } catch {
      throw CommandError(.usage, error.message)
    }
  }
}
