import QuireBatch
import QuireEngine
import QuireRequests

extension SamplingSettings {
  /// These settings over those that the model's makers advise, checked: the parameters of requests that say nothing.
  ///
  /// Throws as ``checkAsDefaults(of:vocabularySize:)`` does.
  func overDefaults(of model: ModelContext, named name: String) throws(CommandError) -> SamplingSettings {
    let defaults = over(SamplingSettings(model.generationDefaults))
    try defaults.checkAsDefaults(of: name, vocabularySize: model.vocabularySize)
    return defaults
  }

  /// Throws ``CommandError`` where sampling defaults of a model and of the command line, which was checked alone, are out of
  /// range: usage for ids that are not in the vocabulary, else that the model is unusable.
  func checkAsDefaults(of model: String, vocabularySize: Int) throws(CommandError) {
    do throws(RequestError) {
      try values.validate(vocabularySize: vocabularySize)
    } catch {
      switch error.place {
      case .parameter(.stopTokenIDs), .parameter(.allowedTokenIDs), .parameter(.logitBias),
        .parameter(.logprobTokenIDs):
        throw CommandError(error)
      default:
        let told = error.message(in: JSONDialect(options: CommandLineDialect()))
        throw CommandError(
          .unusableModel,
          "sampling defaults of \(model): \(told); leave them out with --generation-config none")
      }
    }
  }
}
