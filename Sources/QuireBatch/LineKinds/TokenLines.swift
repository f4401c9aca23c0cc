import QuireJSON
import QuireOpenAI
package import QuireTokenizers

/// The lines of `quire tokenize`: `{"text": "…"}` to `{"token_ids": […]}`, or the other way. Other keys are left aside.
package struct TokenLines: Sendable {
  private let tokenizer: Tokenizer
  private let decodes: Bool
  private let addsSpecialTokens: Bool
  private let recognizesSpecialTokens: Bool
  private let skipsSpecialTokens: Bool

  /// - Parameters:
  ///   - decodes: ids to text.
  ///   - addsSpecialTokens: whether BOS and EOS are added as the tokenizer says.
  ///   - recognizesSpecialTokens: whether control tokens written in a text become such.
  ///   - skipsSpecialTokens: whether decoding leaves control tokens out.
  package init(
    tokenizer: Tokenizer, decodes: Bool, addsSpecialTokens: Bool, recognizesSpecialTokens: Bool,
    skipsSpecialTokens: Bool
  ) {
    self.tokenizer = tokenizer
    self.decodes = decodes
    self.addsSpecialTokens = addsSpecialTokens
    self.recognizesSpecialTokens = recognizesSpecialTokens
    self.skipsSpecialTokens = skipsSpecialTokens
  }

  /// The output line, newline included; an error line has the form of the native ones.
  package func convert(_ line: InputLine) -> (bytes: [UInt8], isError: Bool) {
    var output = JSONWriter()
    do throws(InputError) {
      let members = try LineFraming.object(in: line).members()
      output.beginObject()
      if decodes {
        let ids = try checked(required("token_ids", members).tokenIDs("token_ids"))
        output.key("text")
        output.string(tokenizer.decode(ids, skipSpecialTokens: skipsSpecialTokens))
      } else {
        let text = try required("text", members).string("text")
        output.key("token_ids")
        output.integers(
          tokenizer.encode(
            text, recognizeSpecialTokens: recognizesSpecialTokens, addSpecialTokens: addsSpecialTokens))
      }
      output.endObject()
      output.endLine()
      return (output.bytes, false)
    } catch {
      var output = JSONWriter()
      output.beginObject()
      output.error(error, at: line.origin)
      output.endObject()
      output.endLine()
      return (output.bytes, true)
    }
  }

  private func required(_ name: String, _ members: [JSONView.Member]) throws(InputError) -> JSONView {
    guard let member = members.first(where: { $0.key == name }) else {
      throw InputError(.missingField, "\(name) is missing from the line", param: name)
    }
    return member.value
  }

  private func checked(_ ids: [Int32]) throws(InputError) -> [Int32] {
    if let place = ids.firstIndex(where: { Int($0) >= tokenizer.vocabularySize }) {
      throw InputError(
        .invalidValue,
        "token_ids[\(place)]: found \(ids[place]), expected an id of the vocabulary, 0..<\(tokenizer.vocabularySize)",
        param: "token_ids")
    }
    return ids
  }
}
