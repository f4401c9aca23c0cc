public import ArgumentParser
public import QuireBatch
import QuireRequests

/// Where lines come from, how they are written, and what prompts are made of.
struct InputOptions: ParsableArguments {
  @Option(
    name: [.customShort("i"), .long],
    help: "A file of lines or rows, or a pattern of files; again for another; - is standard input.",
    completion: .file())
  var input: [String]
  @Option(
    name: .customLong("input-format"),
    help: "jsonl, text for a prompt a line, csv or tsv; without it as the name ends, else jsonl.")
  var inputFormat: InputFormat?
  @Option(
    parsing: .unconditional,
    help:
      #"What prompts are made of: a template over the columns, as "Q: {{ question }}", or the file of one."#,
    completion: .file())
  var template: String?
  @Option(
    help: "Which column holds which field of a line, with commas: prompt=question,id=key; again for more.")
  var map: [String] = []
  @Option(name: .customLong("id-column"), help: "The column of the ids: --map custom_id=COLUMN.")
  var idColumn: String?
  @Option(parsing: .unconditional, help: "Take only so many lines from the beginning.")
  var limit: Int?
  @Option(parsing: .unconditional, help: "Take only so many lines, drawn from all; the input is read twice.")
  var sample: Int?
  @Option(
    name: .customLong("sample-seed"), parsing: .unconditional,
    help: "What the drawn lines depend on beside themselves: 0.")
  var sampleSeed: Int64?

  /// Checks what can be checked without a file.
  func check() throws {
    if input.isEmpty {
      throw CommandError(.usage, "no input is given; name a file with -i, or - for standard input")
    }
    for (name, count) in [("--limit", limit), ("--sample", sample)] {
      guard let count, count < 0 else { continue }
      throw CommandError(.usage, "\(name) is \(count), but must be at least 0")
    }
    if sampleSeed != nil, sample == nil {
      throw CommandError(.usage, "--sample-seed has no meaning without --sample; leave it out")
    }
  }

  /// States what the options say of lines.
  func state(in options: inout BatchJob.Options) throws {
    options.inputFormat = inputFormat
    options.template = try templateText()
    options.map = try columns()
    do throws(OptionError) {
      _ = try options.rowRules()
    } catch {
      throw CommandError(.usage, error.message(in: CommandLineDialect()))
    }
  }

  /// Finds the files of the input.
  func open(_ options: BatchJob.Options) throws -> InputSequence {
    do throws(JobError) {
      return try InputSequence(paths: input, format: inputFormat, rules: rules(options), limit: limit)
    } catch {
      throw CommandError(error)
    }
  }

  /// How long a pipe's first line is waited for before the model loads, in milliseconds. A worker's comes later.
  private static let firstLineWait: Int32 = 250

  /// Looks at the beginning of the input, so that what is no input of lines is told before the model loads, and draws the
  /// lines of a sample.
  func prepare(_ source: InputSequence, _ options: BatchJob.Options) throws {
    var isInterrupted = false
    do throws(JobError) {
      try source.prepare(waitMilliseconds: Self.firstLineWait)
      guard let sample else { return }
      let isDrawn = try source.draw(
        LineSample(count: sample, seed: sampleSeed ?? 0),
        LineParser(format: inputFormat ?? .jsonl, rules: rules(options)),
        isInterrupted: { Interruption.hasCome })
      isInterrupted = !isDrawn
    } catch {
      throw CommandError(error)
    }
    if isInterrupted {
      throw CommandError(.interrupted, "interrupted before the first line; run the same command again")
    }
  }

  /// Whether earlier runs answered all lines. Throws where one of them cannot be gone on with.
  func isAnswered(_ source: InputSequence, by output: JobOutput, _ options: BatchJob.Options) throws -> Bool {
    do throws(JobError) {
      return try source.isAnswered(
        by: output, LineParser(format: inputFormat ?? .jsonl, rules: rules(options)),
        LineSelection(shard: options.shard), isInterrupted: { Interruption.hasCome })
    } catch {
      throw CommandError(error)
    }
  }

  /// The rules of `options`, which `state` has found right.
  private func rules(_ options: BatchJob.Options) -> RowRules { (try? options.rowRules()) ?? RowRules() }

  private func columns() throws -> [String: String] {
    var columns: [String: String] = [:]
    let pairs = map.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
    for pair in pairs.map(String.init) + (idColumn.map { ["custom_id=" + $0] } ?? []) {
      guard let place = pair.firstIndex(of: "=") else {
        throw CommandError(.usage, "--map is \(pair), but must be made of FIELD=COLUMN")
      }
      let field = String(pair[..<place])
      guard columns.updateValue(String(pair[pair.index(after: place)...]), forKey: field) == nil else {
        throw CommandError(.usage, "--map names \(field) twice; leave one of them out")
      }
    }
    return columns
  }

  /// The template itself, read from its file where the option names one.
  private func templateText() throws -> String? {
    guard let template else { return nil }
    let isText = template.contains("{{") || template.contains("{%")
    guard template.hasPrefix("@") || !isText else { return template }
    let path = template.hasPrefix("@") ? String(template.dropFirst()) : template
    guard let bytes = TextFile.bytes(path, atMost: 1 << 20) else {
      throw CommandError(
        .usage,
        "--template is \(template), which is neither a file of at most 1 MiB that can be read nor a template such as "
          + "\"{{ question }}\"")
    }
    guard var text = String(validating: bytes, as: UTF8.self) else {
      throw CommandError(.usage, "the template \(path) is not UTF-8")
    }
    // As with the templates of models, the line end of a file's last line is not the prompt's.
    if text.hasSuffix("\n") { text.removeLast() }
    return text
  }
}

extension InputFormat: ExpressibleByArgument {}
