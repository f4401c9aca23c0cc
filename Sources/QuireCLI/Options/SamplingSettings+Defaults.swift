import QuireBatch
import QuireRequests

extension SamplingSettings {
  /// Throws ``CommandError`` where sampling defaults of a model and of the command line, which was checked alone, are out of
  /// range: usage for ids that are not in the vocabulary, else that the model is unusable.
  func checkAsDefaults(of model: String, vocabularySize: Int) throws(CommandError) {
    do throws(RequestError) {
      try values.validate(vocabularySize: vocabularySize)
    } catch {
      switch error.place {
      case .parameter(.stopTokenIDs), .parameter(.allowedTokenIDs), .parameter(.logitBias):
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
