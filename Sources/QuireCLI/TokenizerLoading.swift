import Foundation
import QuireEngine
import QuireModelFiles
import QuireModels
import QuireChat
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
  if FileSystem.isDirectory(path) {
    guard let source = TokenizerSource.find(in: path) else {
      throw CommandError(
        .unusableModel,
        "\(path) holds no tokenizer.json, tokenizer.model, tekken.json or single .tiktoken file; name a file")
    }
    return try Tokenizer.load(from: source, settings: TokenizerSettings(directory: path))
  }
  let name = FileSystem.lastComponent(path).lowercased()
  switch name.split(separator: ".").last {
  case "gguf":
    return try Tokenizer.load(gguf: GGUFVocabulary(GGUFFile(path: path).metadata))
  case "tiktoken": return try Tokenizer.load(tiktoken: path)
  case "model": return try Tokenizer.load(sentencePiece: path)
  case "json":
    // Mistral publishes tekken.json, or tekken_240911.json and the like.
    return name.hasPrefix("tekken")
      ? try Tokenizer.load(tekken: path) : try Tokenizer.load(tokenizerJSON: path)
  // As in tokenizer.model.v3.
  case _ where name.contains(".model."): return try Tokenizer.load(sentencePiece: path)
  default:
    throw CommandError(
      .unusableModel,
      "\(path) has no name of a tokenizer; expected a model directory, a .gguf, .json, .model or .tiktoken file"
    )
  }
}

/// What makes prompts of conversations, for a model directory, a `.gguf` file or a tokenizer that stands alone.
///
/// Throws ``CommandError``: usage for a template that was asked for and is not there, else that the model is unusable.
func loadPrompter(
  _ spec: String, template option: String = "auto", date: String = EngineConfiguration.defaultChatDate
) throws(CommandError) -> ChatPrompter {
  let tokenizer = try loadTokenizer(spec)
  do throws(EngineError) {
    try EngineConfiguration(chatDate: date).validate()
  } catch {
    throw CommandError(error)
  }
  let chosen: Result<ChatPrompter, ChatError>
  do throws(ModelFileError) {
    let path = try ModelLocator.resolve(spec, environment: ProcessInfo.processInfo.environment)
    chosen = try ChatPrompter.choose(
      option, date: date, settings: try TokenizerSettings(path: path, tokenizer: tokenizer),
      tokenizer: tokenizer)
  } catch {
    throw CommandError(error)
  }
  do throws(ChatError) {
    return try chosen.get()
  } catch {
    throw CommandError(option == "auto" ? .unusableModel : .usage, error.message(in: CommandLineDialect()))
  }
}

extension TokenizerSettings {
  /// The settings of a model, or beside a tokenizer without one; none for a tokenizer that stands alone.
  fileprivate init(path: String, tokenizer: Tokenizer) throws(ModelFileError) {
    if let package = try? ModelPackage.open(path) {
      self = package.tokenizerSettings
      return
    }
    switch (FileSystem.isDirectory(path), path.split(separator: ".").last?.lowercased()) {
    case (true, _): try self.init(directory: path)
    case (_, "gguf"):
      try self.init(gguf: GGUFFile(path: path).metadata, vocabularySize: tokenizer.vocabularySize)
    default: self.init()
    }
  }
}
