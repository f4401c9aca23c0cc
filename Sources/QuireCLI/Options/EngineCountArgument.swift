import ArgumentParser
import QuireEngine

/// How many engines answer a job.
struct EngineCountArgument: ParsableArguments {
  /// A number, or one that follows the machine.
  enum Count: ExpressibleByArgument {
    case automatic
    case number(Int)

    init?(argument: String) {
      if argument == "auto" {
        self = .automatic
      } else if let number = Int(argument) {
        self = .number(number)
      } else {
        return nil
      }
    }

    var defaultValueDescription: String {
      switch self {
      case .automatic: "auto"
      case .number(let number): "\(number)"
      }
    }
  }

  @Option(
    parsing: .unconditional,
    help:
      "Engines side by side over one copy of the weights, each with its part of the threads and of the cache: a number, or auto for one of up to eight threads each."
  )
  var engines = Count.number(1)

  func state(in configuration: inout EngineConfiguration) {
    switch engines {
    case .automatic: configuration.engines = nil
    case .number(let number): configuration.engines = number
    }
  }
}
