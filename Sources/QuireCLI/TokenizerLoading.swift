import Foundation
import QuireEngine
import QuireModelFiles
import QuireTokenizers

/// The tokenizer of a model directory, a `.gguf` file, a `tokenizer.json`, a `tokenizer.model`, a `tekken.json` or a
/// `.tiktoken` file.
///
/// Throws ``CommandError`` of kind `unusableModel`.
func loadTokenizer(_ spec: String) throws(CommandError) -> Tokenizer {
  do {
    let path = try ModelLocator.resolve(spec, environment: ProcessInfo.processInfo.environment)
    return try loadTokenizer(path: path)
  } catch let error as CommandError {
    throw error
  } catch let error as ModelFileError {
    throw CommandError(error)
  } catch let error as TokenizerError {
    throw CommandError(error)
  } catch {
    throw CommandError(.unusableModel, "\(error)")
  }
}

private func loadTokenizer(path: String) throws -> Tokenizer {
  var isDirectory: ObjCBool = false
  _ = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
  if isDirectory.boolValue {
    guard let source = TokenizerSource.find(in: path) else {
      throw CommandError(
        .unusableModel,
        "\(path) holds no tokenizer.json, tokenizer.model, tekken.json or single .tiktoken file; name a file")
    }
    return try Tokenizer.load(from: source, settings: TokenizerSettings(directory: path))
  }
  switch path.split(separator: ".").last?.lowercased() {
  case "gguf":
    return try Tokenizer.load(gguf: GGUFVocabulary(GGUFFile(path: path).metadata))
  case "tiktoken": return try Tokenizer.load(tiktoken: path)
  case "model": return try Tokenizer.load(sentencePiece: path)
  case "json":
    return path.hasSuffix("tekken.json")
      ? try Tokenizer.load(tekken: path) : try Tokenizer.load(tokenizerJSON: path)
  default:
    throw CommandError(
      .unusableModel,
      "\(path) has no name of a tokenizer; expected a model directory, a .gguf, .json, .model or .tiktoken file"
    )
  }
}
