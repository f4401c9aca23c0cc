package import QuireRequests

/// The files of a job, by the options that name them.
extension OptionName {
  /// Where lines come from.
  package static let input = OptionName(rawValue: "input")
  /// Where answers go.
  package static let output = OptionName(rawValue: "output")
  /// Whether keys that are nearly a parameter's name make error lines.
  package static let strictFields = OptionName(rawValue: "strict_fields")
  /// Where error lines go, where not among the answers.
  package static let errorFile = OptionName(rawValue: "error_file")
  /// Where answers are kept for later runs.
  package static let cache = OptionName(rawValue: "cache")
  /// Whether an output that exists is replaced.
  package static let overwrite = OptionName(rawValue: "overwrite")
  /// Where the picture of a run goes.
  package static let timeline = OptionName(rawValue: "timeline")
  /// Where the metrics of a run go.
  package static let metricsFile = OptionName(rawValue: "metrics_file")
}
