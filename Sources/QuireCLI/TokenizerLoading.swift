import Foundation
import QuireModelFiles
import QuireTokenizers

/// The tokenizer of a model directory, a `.gguf` file, a `tokenizer.json` or a `.tiktoken` file.
///
/// Throws ``CommandError`` of kind `unusableModel`.
func loadTokenizer(_ spec: String) throws(CommandError) -> Tokenizer {
  do {
    let path = try ModelLocator.resolve(spec, environment: ProcessInfo.processInfo.environment)
    return try loadTokenizer(path: path)
  } catch let error as CommandError {
    throw error
  } catch {
    throw CommandError(.unusableModel, "\(error)")
  }
}

private func loadTokenizer(path: String) throws -> Tokenizer {
  var isDirectory: ObjCBool = false
  _ = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
  if isDirectory.boolValue { return try loadTokenizer(directory: path) }
  switch path.split(separator: ".").last?.lowercased() {
  case "gguf":
    return try Tokenizer.load(gguf: GGUFTokenizerFields(GGUFTokenizer(GGUFFile(path: path).metadata)))
  case "tiktoken": return try Tokenizer.load(tiktoken: path)
  case "json": return try Tokenizer.load(tokenizerJSON: path)
  default:
    throw CommandError(
      .unusableModel,
      "\(path) has no name of a tokenizer; expected a model directory, a .gguf, a .json or a .tiktoken file")
  }
}

private func loadTokenizer(directory: String) throws -> Tokenizer {
  switch TokenizerSource.find(in: directory) {
  case .huggingFace(let path):
    let settings = try TokenizerSettings(directory: directory)
    return try Tokenizer.load(
      tokenizerJSON: path, bosToken: settings.bosToken, eosToken: settings.eosToken, addBOS: settings.addBOS)
  case .tiktoken(let path): return try Tokenizer.load(tiktoken: path)
  case .gguf, nil:
    throw CommandError(.unusableModel, "\(directory) holds no tokenizer.json and no single .tiktoken file")
  }
}

extension GGUFTokenizerFields {
  fileprivate init(_ fields: GGUFTokenizer) {
    self.init(
      model: fields.model, pre: fields.pre, tokens: fields.tokens, tokenTypes: fields.tokenTypes,
      merges: fields.merges, bosTokenID: fields.bosTokenID.map(Int64.init),
      eosTokenID: fields.eosTokenID.map(Int64.init), unknownTokenID: fields.unknownTokenID.map(Int64.init),
      addBOS: fields.addBOS, addSpacePrefix: fields.addSpacePrefix)
  }
}
