package import QuireJSON
import QuireDigests
import QuireRequests

/// All that the bytes of a job's answers depend on beside their lines: an output is gone on with by no other job.
package struct JobIdentity: Equatable, Sendable {
  /// A file of a model.
  package struct File: Equatable, Sendable {
    /// Its name, without the directories that lead there.
    package var name: String
    package var byteCount: Int
    /// 64 hexadecimal digits.
    package var sha256: String
  }

  /// An option that answers depend on, its default included.
  package struct Option: Equatable, Sendable {
    /// The name in vLLM's spelling, as in `top_p`.
    package var name: String
    package var value: JSONValue
  }

  /// The version of the engine's arithmetic: it grows where any bit of any answer changes.
  package var arithmeticVersion: Int
  /// The processor's instructions, where the answers' bits depend on them; nil where they do not.
  package var instructionSet: String?
  /// The model's name, which answers may carry.
  package var modelName: String
  package var files: [File]
  package var options: [Option]

  /// Whether error lines have a file of their own, apart from the answers: which of the two files is not said.
  var separatesErrors: Bool {
    get { options.contains { $0.name == OptionName.errorFile.rawValue } }
    set {
      options.removeAll { $0.name == OptionName.errorFile.rawValue }
      if newValue { options.append(Option(name: OptionName.errorFile.rawValue, value: .bool(true))) }
    }
  }

  /// The SHA-256 of all of it: what the files beside an output belong to.
  package var digest: SIMD8<UInt32> {
    var writer = JSONWriter()
    writer.beginObject()
    write(to: &writer)
    writer.endObject()
    var hash = SHA256()
    hash.update(writer.bytes)
    return hash.digest()
  }

  /// The first thing in which this job differs from the one that an output was begun by, in words; nil for none.
  ///
  /// - Parameter name: what the words call this job.
  package func difference(from earlier: JobIdentity, name: String = "this run") -> ErrorText? {
    if arithmeticVersion != earlier.arithmeticVersion {
      return
        "by a version of Quire whose arithmetic is number \(earlier.arithmeticVersion), and that of \(name) is number "
        + "\(arithmeticVersion): their answers differ"
    }
    if instructionSet != earlier.instructionSet {
      return
        "with the instructions \(earlier.instructionSet ?? "of any processor"), and \(name) has "
        + "\(instructionSet ?? "those of any processor"): this model's answers differ"
    }
    if modelName != earlier.modelName {
      return "with the model \(Excerpt.name(earlier.modelName)), and \(name) has \(Excerpt.name(modelName))"
    }
    if let text = differenceOfFiles(from: earlier, name) { return text }
    for option in options {
      let before = earlier.options.first { $0.name == option.name }
      guard before?.value != option.value else { continue }
      let place = OptionName(rawValue: option.name)
      return
        "with \(option: place) \(Self.text(before?.value)), and \(name) has \(option: place) \(Self.text(option.value))"
    }
    for option in earlier.options where !options.contains(where: { $0.name == option.name }) {
      return
        "with \(option: OptionName(rawValue: option.name)) \(Self.text(option.value)), which \(name) has not"
    }
    return nil
  }

  private func differenceOfFiles(from earlier: JobIdentity, _ name: String) -> ErrorText? {
    // A file under another name is the same model.
    if files.map(\.sha256) == earlier.files.map(\.sha256) { return nil }
    for file in files {
      guard let before = earlier.files.first(where: { $0.name == file.name }) else { continue }
      guard before.sha256 != file.sha256 else { continue }
      return
        "with a model whose \(Excerpt.name(file.name)) had \(before.byteCount) bytes and SHA-256 \(before.sha256), and "
        + "now it has \(file.byteCount) bytes and \(file.sha256)"
    }
    let names = { (files: [File]) in files.map { Excerpt.name($0.name) }.joined(separator: ", ") }
    return "with the model files \(names(earlier.files)), and \(name) has \(names(files))"
  }

  private static func text(_ value: JSONValue?) -> String {
    guard let value else { return "unset" }
    var writer = JSONWriter()
    writer.value(value)
    return Excerpt.bare(writer.bytes, limit: Excerpt.nameLimit)
  }

  /// Writes the members of an object.
  func write(to writer: inout JSONWriter) {
    writer.breakLine(indentation: 1)
    writer.member("arithmetic_version", arithmeticVersion)
    writer.breakLine(indentation: 1)
    writer.member("instruction_set", instructionSet)
    writer.breakLine(indentation: 1)
    writer.key("model")
    writer.object { writer in
      writer.member("name", modelName)
      writer.key("files")
      writer.array(files) { writer, file in
        writer.object { writer in
          writer.member("name", file.name)
          writer.member("bytes", file.byteCount)
          writer.member("sha256", file.sha256)
        }
      }
    }
    writer.breakLine(indentation: 1)
    writer.key("options")
    writer.object { writer in
      for option in options {
        writer.textKey(option.name)
        writer.value(option.value)
      }
    }
  }

  /// Reads what `write(to:)` wrote; nil where something is missing.
  init?(_ document: JSONValue) {
    guard case .integer(let arithmeticVersion)? = document["arithmetic_version"],
      let model = document["model"], let modelName = model["name"]?.text,
      case .array(let files)? = model["files"], case .object(let options)? = document["options"]
    else { return nil }
    self.arithmeticVersion = arithmeticVersion
    instructionSet = document["instruction_set"]?.text
    self.modelName = modelName
    self.files = []
    for file in files {
      guard let name = file["name"]?.text, case .integer(let byteCount)? = file["bytes"],
        let sha256 = file["sha256"]?.text
      else { return nil }
      self.files.append(File(name: name, byteCount: byteCount, sha256: sha256))
    }
    self.options = options.map { Option(name: $0.name, value: $0.value) }
  }

  /// An identity; each argument is the property of its name.
  package init(
    arithmeticVersion: Int, instructionSet: String?, modelName: String, files: [File], options: [Option]
  ) {
    self.arithmeticVersion = arithmeticVersion
    self.instructionSet = instructionSet
    self.modelName = modelName
    self.files = files
    self.options = options
  }
}
