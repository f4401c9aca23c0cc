package import QuireModelFiles

extension Tokenizer {
  /// Loads a SentencePiece model, `tokenizer.model`, of BPE or unigram.
  ///
  /// Texts become the ids of SentencePiece; control pieces are special tokens, which can be recognised in a text, and what
  /// follows one gets no space in front, as in Hugging Face transformers.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - stated: the tokens that the files beside it state; those that the model lacks follow its pieces.
  ///   - addBOS: whether BOS is put before a text; nil puts it where the model has one, as transformers does.
  ///   - addEOS: whether EOS is put behind it; nil does not.
  /// - Throws: ``TokenizerError``: unreadable, malformed, inconsistent, or `unsupported` with the name of what is.
  package static func load(
    sentencePiece path: String, stated: StatedTokens = StatedTokens(), addBOS: Bool? = nil,
    addEOS: Bool? = nil
  ) throws(TokenizerError) -> Tokenizer {
    let bytes = try TokenizerFile.read(path, isText: false)
    if bytes.prefix(64).contains(UInt8(ascii: "\n")), (try? TiktokenFile(bytes, source: path)) != nil {
      throw TokenizerError(
        .unsupported, source: path, subject: "file", found: "the ranks of tiktoken, without their expression",
        expected: "a SentencePiece model; put the model's tokenizer.json beside it")
    }
    var model = try SentencePieceFile(bytes, source: path).model.tokenizerModel(stated)
    model.setEnds(addBOS: addBOS ?? (model.bosTokenID != nil), addEOS: addEOS ?? false)
    return Tokenizer(model)
  }
}
