import ArgumentParser
import QuireRequests

/// A value of `--early-stopping`, as lines spell it.
enum EarlyStoppingArgument: String, ExpressibleByArgument, CaseIterable {
  case yes = "true"
  case no = "false"
  case never

  var value: SamplingParams.EarlyStopping {
    switch self {
    case .yes: .whenEnoughFinished
    case .no: .whenUnlikelyToImprove
    case .never: .never
    }
  }
}
