/// The files that a job keeps beside its output.
package struct JobFilePaths: Sendable, Equatable {
  /// The output itself, its links followed.
  package let output: String

  /// The files beside an output.
  package init(output: String) { self.output = output }

  /// All files of a job.
  var all: [String] {
    [output, manifest, manifest + ".partial", ledger, journal, torn, stale, nextOutput, nextLedger]
  }

  /// What the job is: model, options, version of the arithmetic.
  package var manifest: String { output + ".manifest.json" }
  /// A record for each line of the output.
  package var ledger: String { output + ".lines" }
  /// Tokens of lines that are not finished.
  package var journal: String { output + ".journal" }
  /// What was cut off the output's end, since it was no whole line.
  package var torn: String { output + ".torn" }
  /// Answers of lines that are no longer in the input.
  package var stale: String { output + ".stale" }
  /// The output's next version, while it is being made.
  package var nextOutput: String { output + ".next" }
  /// The ledger of the output's next version.
  package var nextLedger: String { ledger + ".next" }
}
