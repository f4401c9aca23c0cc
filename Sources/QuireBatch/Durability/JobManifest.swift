import QuireDigests
import QuireJSON
import QuirePlatform

/// What stands beside an output: which job it is of, and once that is complete what came of it.
///
/// One JSON object, a member a line. The last member, `check`, is the SHA-256 of all bytes before its line.
package struct JobManifest: Equatable, Sendable {
  /// The version of these files: manifest, ledger and journal. An output is gone on with by no other.
  package static let formatVersion = 1
  /// Longer than any manifest is: options may hold schemas and system texts.
  private static let byteLimit = 256 << 20

  /// A file of lines.
  package struct Input: Equatable, Sendable {
    /// Its path as the user wrote it.
    package var path: String
    /// Its length when the job began; nil for a pipe.
    package var byteCount: Int?

    /// An input; each argument is the property of its name.
    package init(path: String, byteCount: Int?) {
      self.path = path
      self.byteCount = byteCount
    }
  }

  /// What a complete job amounts to.
  package struct Completion: Equatable, Sendable {
    /// Lines with an answer.
    package var answeredLineCount: Int
    /// Lines with an error.
    package var errorLineCount: Int
    /// ``MerkleRoot`` over the output's lines, 64 hexadecimal digits.
    package var merkleRoot: String
    /// The lines of the whole input, of which a shard answers some; nil where an earlier version wrote the manifest.
    package var input: InputCensus.Total?
  }

  /// The program's version, for people.
  package var version: String
  /// What the answers depend on.
  package var identity: JobIdentity
  /// Where the lines came from, for people.
  package var inputs: [Input]
  /// Nil as long as the job is not complete.
  package var completion: Completion?

  /// The manifest of a job that begins; each argument is the property of its name.
  package init(version: String, identity: JobIdentity, inputs: [Input]) {
    self.version = version
    self.identity = identity
    self.inputs = inputs
  }

  /// The file's text.
  package var bytes: [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.breakLine(indentation: 1)
    writer.member("format_version", Self.formatVersion)
    writer.breakLine(indentation: 1)
    writer.member("quire", version)
    identity.write(to: &writer)
    writer.breakLine(indentation: 1)
    writer.key("input")
    writer.array(inputs) { writer, input in
      writer.object { writer in
        writer.member("path", input.path)
        writer.member("bytes", input.byteCount)
      }
    }
    writer.breakLine(indentation: 1)
    writer.member("complete", completion != nil)
    if let completion {
      writer.breakLine(indentation: 1)
      writer.member("answered", completion.answeredLineCount)
      writer.breakLine(indentation: 1)
      writer.member("failed", completion.errorLineCount)
      writer.breakLine(indentation: 1)
      writer.member("merkle_root", completion.merkleRoot)
      if let input = completion.input {
        writer.breakLine(indentation: 1)
        writer.member("input_lines", input.lineCount)
        writer.breakLine(indentation: 1)
        writer.member("input_sha256", input.sha256)
      }
    }
    let check = Self.check(writer.bytes[...])
    writer.breakLine(indentation: 1)
    writer.member("check", check)
    writer.breakLine()
    writer.endObject()
    writer.endLine()
    return writer.bytes
  }

  private static func check(_ bytes: ArraySlice<UInt8>) -> String {
    var hash = SHA256()
    hash.update(bytes)
    return Hexadecimal.text(hash.digest())
  }

  /// Reads the manifest at `path`; nil where there is none.
  ///
  /// Throws ``JobError`` of kind `cannotResume` where it is damaged or of another version of these files.
  static func read(_ path: String, _ calls: any FileSystemCalls) throws(JobError) -> JobManifest? {
    let bytes = try JobError.reading(path) { () throws(SystemError) in
      try FileReading.contents(of: path, byteLimit: byteLimit, calls)
    }
    guard let bytes else { return nil }
    let document = try? JSONValue(parsing: bytes, repeatedKeys: .refused)
    if let version = document?["format_version"], version != .integer(formatVersion) {
      throw .cannotResume(
        "\(path) has format version \(version.summary), and this version of Quire reads \(formatVersion); go on with the "
          + "version that wrote it, or add \(option: .overwrite) to start again")
    }
    guard let document, let manifest = JobManifest(document), isWhole(bytes, document) else {
      throw .cannotResume(
        "\(path) is damaged: its check does not hold; bring it back, or add \(option: .overwrite) to start again"
      )
    }
    return manifest
  }

  private static func isWhole(_ bytes: [UInt8], _ document: JSONValue) -> Bool {
    guard let check = document["check"]?.text else { return false }
    let end = Array(",\n \"check\":\"\(check)\"\n}\n".utf8)
    return bytes.suffix(end.count).elementsEqual(end) && Self.check(bytes.dropLast(end.count)) == check
  }

  private init?(_ document: JSONValue) {
    guard let version = document["quire"]?.text, let identity = JobIdentity(document),
      case .array(let inputs)? = document["input"], case .bool(let isComplete)? = document["complete"]
    else { return nil }
    self.init(version: version, identity: identity, inputs: [])
    for input in inputs {
      guard let path = input["path"]?.text else { return nil }
      var byteCount: Int?
      if case .integer(let count)? = input["bytes"] { byteCount = count }
      self.inputs.append(Input(path: path, byteCount: byteCount))
    }
    guard isComplete else { return }
    guard case .integer(let answered)? = document["answered"],
      case .integer(let failed)? = document["failed"],
      let root = document["merkle_root"]?.text
    else { return nil }
    completion = Completion(answeredLineCount: answered, errorLineCount: failed, merkleRoot: root)
    if case .integer(let lineCount)? = document["input_lines"], let sha256 = document["input_sha256"]?.text {
      completion?.input = InputCensus.Total(lineCount: lineCount, sha256: sha256)
    }
  }
}
