import ArgumentParser
import QuireBatch
import QuireRequests

/// Sampling parameters of lines that do not say them. A property has the name of its parameter in Swift, and is all that
/// an option takes: its spelling, its help and its meaning are the row's.
struct SamplingOptions: ParsableArguments {
  @Option(of: .temperature) var temperature: Double?
  @Option(of: .topP) var topP: Double?
  @Option(of: .topK) var topK: Int?
  @Option(of: .minP) var minP: Double?
  @Option(of: .maxTokens) var maxTokens: Int?
  @Option(of: .minTokens) var minTokens: Int?
  @Option(of: .n) var n: Int?
  @Option(of: .bestOf) var bestOf: Int?
  @Flag(of: .useBeamSearch) var useBeamSearch: Bool?
  @Option(of: .lengthPenalty) var lengthPenalty: Double?
  @Option(of: .earlyStopping) var earlyStopping: EarlyStoppingArgument?
  /// The run's, and no default of lines: they draw from it and their own key.
  @Option(of: .seed) var seed: Int64 = 0
  @Option(of: .presencePenalty) var presencePenalty: Double?
  @Option(of: .frequencyPenalty) var frequencyPenalty: Double?
  @Option(of: .repetitionPenalty) var repetitionPenalty: Double?
  @Option(of: .stop) var stop: [String] = []
  @Option(of: .stopTokenIDs) var stopTokenIDs: [String] = []
  @Flag(of: .ignoreEOS) var ignoreEOS: Bool?
  @Flag(of: .skipSpecialTokens) var skipSpecialTokens: Bool?
  @Flag(of: .includeStopString) var includeStopStringInOutput: Bool?
  @Option(of: .badWords) var badWords: [String] = []
  @Option(of: .logitBias) var logitBias: [String] = []
  @Option(of: .allowedTokenIDs) var allowedTokenIDs: [String] = []
  @Option(of: .logprobs) var logprobs: Int?
  @Option(of: .promptLogprobs) var promptLogprobs: Int?
  @Option(of: .logprobTokenIDs) var logprobTokenIDs: [String] = []
  @Flag(of: .detokenize) var detokenize: Bool?
  @Flag(of: .spacesBetweenSpecialTokens) var spacesBetweenSpecialTokens: Bool?
  @Option(of: .truncatePromptTokens) var truncatePromptTokens: Int?
  @Option(of: .thinkingTokenBudget) var thinkingTokenBudget: Int?
  @Flag(of: .addSpecialTokens) var addSpecialTokens: Bool?

  /// The options that were given, every value checked.
  func settings() throws -> SamplingSettings {
    var settings = SamplingSettings()
    for option in Mirror(reflecting: self).children {
      guard let name = option.label?.dropFirst(),
        let field = SamplingField.allCases.first(where: { SwiftDialect().name(of: .parameter($0)) == name }),
        let value = (option.value as? any GivenOption)?.given
      else { continue }
      try settings.state(field, given: value)
    }
    do throws(RequestError) {
      try settings.values.validate()
      try settings.values.checkSupported()
    } catch {
      throw CommandError(error)
    }
    return settings
  }
}

extension SamplingSettings {
  /// States a parameter as the command line gives it: nil and empty lists state nothing.
  fileprivate mutating func state(_ field: SamplingField, given value: Any) throws {
    switch field.row.slot {
    case .boolean(let place): state(place, value as? Bool)
    case .optionalBoolean(let place): state(place, value as? Bool)
    case .count(let place, _): state(place, value as? Int)
    case .optionalCount(let place, _): state(place, value as? Int)
    case .number(let place, _): state(place, value as? Double)
    case .earlyStopping(let place): state(place, (value as? EarlyStoppingArgument)?.value)
    case .texts(let place): state(place, Self.list(value))
    case .tokenIDs(let place): state(place, try Self.list(value).map { try TokenIDList.parse($0, of: field) })
    case .optionalTokenIDs(let place):
      state(place, try Self.list(value).map { try TokenIDList.parse($0, of: field) })
    case .biases(let place):
      state(place, try Self.list(value).map { try TokenIDList.parseBiases($0, of: field) })
    case .seed, .constraint: return
    }
  }

  private static func list(_ value: Any) -> [String]? {
    guard let texts = value as? [String], !texts.isEmpty else { return nil }
    return texts
  }
}

/// What a property wrapper of the argument parser holds once the arguments have been read.
private protocol GivenOption {
  var given: Any { get }
}

extension Option: GivenOption {
  fileprivate var given: Any { wrappedValue }
}

extension Flag: GivenOption {
  fileprivate var given: Any { wrappedValue }
}
