package import QuireModelFiles
package import QuireTokenizers

/// Why a model was not converted. Nothing stands under the output's name then that did not stand there before.
package enum ConversionError: Error, Equatable, Sendable {
  /// The model's files, or what they say that the output could not.
  case modelFile(ModelFileError)
  /// The model's tokenizer.
  case tokenizer(TokenizerError)
  /// The output exists already, is one of the files that are read, or cannot be made.
  case cannotCreate(String)
  /// Writing failed; the sentence says where and why.
  case inputOutput(String)
  /// The user ended the matter.
  case interrupted
}
