import Foundation
import QuireExpressions
import QuireJSON

/// The normalizers and decoders of `tokenizer.json`, and its Metaspace.
extension TokenizerJSON {
  /// The steps of `normalizer`.
  func normalizer() throws(TokenizerError) -> TextNormalizer {
    var steps: [NormalizationStep] = []
    for (subject, item) in try flattened("normalizer", list: "normalizers") {
      switch item["type"]?.text {
      case "NFC": steps.append(.form(.nfc))
      case "NFD": steps.append(.form(.nfd))
      case "NFKC": steps.append(.form(.nfkc))
      case "NFKD": steps.append(.form(.nfkd))
      case "Lowercase": steps.append(.lowercase)
      case "StripAccents": steps.append(.stripAccents)
      case "Nmt": steps.append(.nmt)
      case "Strip":
        steps.append(
          .strip(
            left: try flag(item, "strip_left", "\(subject).strip_left") ?? true,
            right: try flag(item, "strip_right", "\(subject).strip_right") ?? true))
      case "Prepend": steps.append(.prepend(try text(item, "prepend", subject)))
      case "Replace": steps.append(try replacement(item, subject))
      case "Precompiled": steps.append(.precompiled(try characterMap(item, subject)))
      default:
        throw unsupported(
          "\(subject).type", item["type"] ?? .null,
          "NFC, NFD, NFKC, NFKD, Lowercase, Strip, StripAccents, Nmt, Prepend, Replace or Precompiled")
      }
    }
    return TextNormalizer(steps: steps)
  }

  private func replacement(_ item: JSONValue, _ subject: String) throws(TokenizerError) -> NormalizationStep {
    let content = try text(item, "content", subject)
    if let expression = item["pattern"]?["Regex"]?.text {
      return .replaceMatches(try .read(expression, "\(subject).pattern", source), with: content)
    }
    guard case .string(let pattern)? = item["pattern"]?["String"], !pattern.isEmpty else {
      throw unsupported(
        "\(subject).pattern", item["pattern"] ?? .null, "a Regex, or a String that is not empty")
    }
    return .replace(pattern, with: content)
  }

  private func characterMap(_ item: JSONValue, _ subject: String) throws(TokenizerError) -> CharacterMap {
    let subject = "\(subject).precompiled_charsmap"
    guard let text = item["precompiled_charsmap"]?.text, let blob = Data(base64Encoded: text) else {
      throw malformed(subject, item["precompiled_charsmap"]?.summary ?? "nothing", "base64")
    }
    guard let map = CharacterMap(Array(blob)) else {
      throw malformed(subject, "\(blob.count) bytes that are no such map", "a trie and its texts")
    }
    return map
  }

  /// The Metaspace of a pre-tokenizer or of a decoder.
  func metaspace(_ item: JSONValue, _ subject: String) throws(TokenizerError) -> Metaspace {
    let replacement = try text(item, "replacement", subject)
    guard String(decoding: replacement, as: UTF8.self).unicodeScalars.count == 1 else {
      throw malformed("\(subject).replacement", name(replacement), "one character")
    }
    // Files from before prepend_scheme say add_prefix_space.
    var prefix =
      try flag(item, "add_prefix_space", "\(subject).add_prefix_space") == false
      ? Metaspace.Prefix.never : .always
    if let scheme = item["prepend_scheme"] {
      guard let known = scheme.text.flatMap(Metaspace.Prefix.init) else {
        throw unsupported("\(subject).prepend_scheme", scheme, "always, first or never")
      }
      prefix = known
    }
    return Metaspace(
      replacement: replacement, prefix: prefix, splits: try flag(item, "split", "\(subject).split") ?? true)
  }

  /// How the decoders turn pieces into text.
  ///
  /// - Throws: `unsupported` for a decoder, or an order of them, that is not done.
  func pieceDecoding() throws(TokenizerError) -> PieceDecoding {
    var decoding = PieceDecoding()
    var isFused = false
    let decoders = try flattened("decoder", list: "decoders")
    for (subject, item) in decoders {
      let type = item["type"]?.text
      if isFused, type != "Strip" {
        throw unsupported("\(subject).type", item["type"] ?? .null, "Strip or nothing after Fuse")
      }
      if decoding.joinsBytes, type != "Fuse", type != "Strip" {
        throw unsupported("\(subject).type", item["type"] ?? .null, "Fuse or nothing after ByteFallback")
      }
      switch type {
      case "Replace":
        guard case .string(let pattern)? = item["pattern"]?["String"], !pattern.isEmpty else {
          throw unsupported("\(subject).pattern", item["pattern"] ?? .null, "a String that is not empty")
        }
        decoding.steps.append(.replace(pattern, with: try text(item, "content", subject)))
      case "Metaspace":
        let metaspace = try metaspace(item, subject)
        decoding.steps.append(
          .metaspace(metaspace.replacement, dropsInFirst: metaspace.prefix != .never))
      case "ByteFallback": decoding.joinsBytes = true
      case "Fuse": isFused = true
      case "Strip":
        let content = try text(item, "content", subject)
        let counts = try [count(item, "start", subject), count(item, "stop", subject)]
        guard !content.isEmpty else { throw malformed("\(subject).content", "\"\"", "a character") }
        if !isFused, !decoding.joinsBytes {
          decoding.steps.append(.strip(content, start: counts[0], stop: counts[1]))
        } else {
          guard isFused, counts[1] == 0, decoding.strippedCount == 0 else {
            throw unsupported(subject, item, "one Strip after Fuse, with stop 0")
          }
          (decoding.stripped, decoding.strippedCount) = (content, counts[0])
        }
      default:
        throw unsupported(
          "\(subject).type", item["type"] ?? .null,
          "Replace, Metaspace, ByteFallback, Fuse or Strip, as the pre_tokenizer is not ByteLevel")
      }
    }
    if decoders.isEmpty {
      throw unsupported("decoder", root["decoder"] ?? .null, "one that turns pieces into text")
    }
    return decoding
  }

  private func count(_ item: JSONValue, _ key: String, _ subject: String) throws(TokenizerError) -> Int {
    guard case .integer(let count)? = item[key], (0...VocabularyBuilder.longestToken).contains(count) else {
      throw malformed("\(subject).\(key)", item[key]?.summary ?? "nothing", "a count")
    }
    return count
  }

  private func text(_ item: JSONValue, _ key: String, _ subject: String) throws(TokenizerError) -> [UInt8] {
    guard case .string(let text)? = item[key] else {
      throw malformed("\(subject).\(key)", item[key]?.summary ?? "nothing", "a string")
    }
    return text
  }
}
