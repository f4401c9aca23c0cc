import QuireJSON

/// The tokens that the files beside a vocabulary state, merged as transformers 5 does it: `added_tokens_decoder` of
/// `tokenizer_config.json`, or where it is absent `special_tokens_map.json` and `added_tokens.json`; the named special
/// tokens; the extra ones.
package struct StatedTokens: Sendable, Equatable {
  /// A token as it is looked for in texts.
  package struct Token: Sendable, Equatable {
    /// The token's text.
    package var content: String
    /// A control token, which text from users must not become.
    package var isSpecial: Bool
    /// Looked for after normalisation, not before.
    package var isNormalized: Bool
    /// Takes the whitespace on its left.
    package var stripsLeft = false
    /// Takes the whitespace on its right.
    package var stripsRight = false
    /// Only where no word character touches it.
    package var isSingleWord = false

    /// A token that takes no whitespace and may stand in words.
    package init(content: String, isSpecial: Bool, isNormalized: Bool) {
      self.content = content
      self.isSpecial = isSpecial
      self.isNormalized = isNormalized
    }
  }

  /// A special token with its name, as in `bos_token`.
  package struct Named: Sendable, Equatable {
    /// The key in `tokenizer_config.json`.
    package var name: String
    /// The token of that name.
    package var token: Token
  }

  /// The tokens with an id, by ascending id. As in transformers 5, only their order tells the ids of those that the
  /// vocabulary lacks.
  package private(set) var added: [Token] = []
  /// The special tokens that have a name.
  package private(set) var named: [Named] = []
  /// Further special tokens.
  package private(set) var extra: [Token] = []
  /// Whether the extra tokens are the map's additional ones, which transformers does not count as special among the tokens
  /// of `added_tokens.json`.
  private var isExtraOfMap = false
  /// The names that are stated to have no token.
  private var absentNames: Set<String> = []

  /// A statement of no tokens.
  package init() {}

  /// The text of a named token, nil where there is none.
  package func text(_ name: String) -> String? { named.first { $0.name == name }?.token.content }

  /// Reads the files of a directory, as far as they are there.
  ///
  /// - Throws: ``ModelFileError`` that names the key, where a value is of the wrong type.
  package init(directory: String) throws(ModelFileError) {
    func document(_ name: String) throws(ModelFileError) -> JSONDocument? {
      let path = directory + "/" + name
      return FileSystem.exists(path) ? try JSONDocument(path: path) : nil
    }
    let config = try document("tokenizer_config.json")
    var byID: [Int: Token] = [:]
    if let config { try take(config, isMap: false) }
    if let config, let decoder = try config.objectIfPresent("added_tokens_decoder") {
      for member in decoder.members {
        guard let id = Int(member.name), id >= 0 else {
          throw decoder.wrong(member.name, member.value, "an id as the key")
        }
        byID[id] = try Self.token(decoder, member.name, member.value, isSpecial: false)
      }
    } else {
      if let map = try document("special_tokens_map.json") { try take(map, isMap: true) }
      if let ids = try document("added_tokens.json") {
        let special = Set((named.map(\.token) + (isExtraOfMap ? [] : extra)).map(\.content))
        for member in ids.members {
          guard case .integer(let id) = member.value, id >= 0 else {
            throw ids.wrong(member.name, member.value, "an id")
          }
          let isSpecial = special.contains(member.name)
          byID[id] = Token(content: member.name, isSpecial: isSpecial, isNormalized: !isSpecial)
        }
      }
    }
    added = byID.sorted { $0.key < $1.key }.map(\.value)
    sortNames()
    // A name takes the flags that the token has elsewhere.
    for index in named.indices {
      if let token = added.first(where: { $0.content == named[index].token.content }) {
        named[index].token = token
      }
    }
  }

  /// Gives names that are not stated a token of this text.
  package mutating func setDefault(_ text: String, for names: [String]) {
    for name in names where self.text(name) == nil && !absentNames.contains(name) {
      setName(name, Token(content: text, isSpecial: true, isNormalized: false))
    }
    sortNames()
  }

  /// The standard names come first, in their order, then the others in that of the files.
  private mutating func sortNames() {
    let standard = Self.standardNames.compactMap { name in named.first { $0.name == name } }
    named = standard + named.filter { !Self.standardNames.contains($0.name) }
  }

  private static let standardNames = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]

  /// Takes the named and extra tokens of a document, over those that are there.
  private mutating func take(_ json: JSONDocument, isMap: Bool) throws(ModelFileError) {
    for name in Self.standardNames {
      guard let value = json[name] else {
        if json.contains(name) { absentNames.insert(name) }
        continue
      }
      setName(name, try Self.token(json, name, value, isSpecial: true))
    }
    for member in json.members
    where member.name.hasSuffix("_token") && !Self.standardNames.contains(member.name) {
      // Keys such as add_bos_token are no tokens.
      guard member.value.text != nil || member.value["content"]?.text != nil else { continue }
      setName(member.name, try Self.token(json, member.name, member.value, isSpecial: true))
    }
    for key in ["extra_special_tokens", "additional_special_tokens"] {
      guard let value = json[key] else { continue }
      switch value {
      case .array(let items):
        // The first list that is found counts alone.
        guard extra.isEmpty else { continue }
        isExtraOfMap = isMap && key == "additional_special_tokens"
        for item in items {
          let token = try Self.token(json, key, item, isSpecial: true)
          if !extra.contains(where: { $0.content == token.content }) { extra.append(token) }
        }
      case .object(let members):
        for member in members {
          setName(member.name, try Self.token(json, key, member.value, isSpecial: true))
        }
      default: throw json.wrong(key, value, "a list of tokens, or an object of them")
      }
    }
  }

  private mutating func setName(_ name: String, _ token: Token) {
    if let index = named.firstIndex(where: { $0.name == name }) {
      named[index].token = token
    } else {
      named.append(Named(name: name, token: token))
    }
  }

  /// A text, or an object of content and flags.
  private static func token(
    _ json: JSONDocument, _ key: String, _ value: JSONValue, isSpecial: Bool
  ) throws(ModelFileError) -> Token {
    if let text = value.text { return Token(content: text, isSpecial: isSpecial, isNormalized: !isSpecial) }
    guard let content = value["content"]?.text else {
      throw json.wrong(key, value, "a string, or an object with content")
    }
    func flag(_ name: String) throws(ModelFileError) -> Bool? {
      guard let flag = value[name] else { return nil }
      guard case .bool(let isOn) = flag else { throw json.wrong("\(key).\(name)", flag, "true or false") }
      return isOn
    }
    let special = try flag("special") ?? isSpecial
    var token = Token(
      content: content, isSpecial: special, isNormalized: try flag("normalized") ?? !special)
    token.stripsLeft = try flag("lstrip") ?? false
    token.stripsRight = try flag("rstrip") ?? false
    token.isSingleWord = try flag("single_word") ?? false
    return token
  }
}
