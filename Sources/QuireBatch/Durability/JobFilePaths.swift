/// The files that a job keeps beside its output.
package struct JobFilePaths: Sendable, Equatable {
  /// The output itself, and the file of error lines where they have one; links followed.
  package let lines: OutputPair<String>

  /// The files beside an output.
  /// - Parameter errors: where error lines go; nil for the output.
  package init(output: String, errors: String? = nil) {
    lines = OutputPair(output, errors: errors)
  }

  /// All files of a job.
  var all: [String] {
    lines.all + torn.all + next.all + [manifest, manifest + ".partial", ledger, journal, stale, nextLedger]
  }

  /// The output itself, its links followed.
  package var output: String { lines.answers }
  /// What the job is: model, options, version of the arithmetic.
  package var manifest: String { output + ".manifest.json" }
  /// A record for each line of the output.
  package var ledger: String { output + ".lines" }
  /// Tokens of lines that are not finished.
  package var journal: String { output + ".journal" }
  /// What was cut off the ends of the files of lines, since it was no whole line.
  package var torn: OutputPair<String> { lines.map { $0 + ".torn" } }
  /// Answers of lines that are no longer in the input.
  package var stale: String { output + ".stale" }
  /// The next versions of the files of lines, while they are being made.
  package var next: OutputPair<String> { lines.map { $0 + ".next" } }
  /// The ledger of the output's next version.
  package var nextLedger: String { ledger + ".next" }
}
