package import QuireModelFiles
package import QuireRequests

extension SamplingSettings {
  /// What a model's makers advise, as settings that the command line and lines go over.
  package init(_ defaults: GenerationDefaults) {
    self.init()
    state(\.temperature, defaults.temperature)
    state(\.topP, defaults.topP)
    state(\.topK, defaults.topK)
    state(\.minP, defaults.minP)
    state(\.repetitionPenalty, defaults.repetitionPenalty)
    state(\.maxTokens, defaults.maxNewTokens)
  }
}
