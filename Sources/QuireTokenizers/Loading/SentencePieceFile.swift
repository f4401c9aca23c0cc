/// A `tokenizer.model` of SentencePiece, a message `ModelProto` of protocol buffers.
///
/// Source: `sentencepiece_model.proto` in SentencePiece's repository. Fields that have no effect on texts and ids are
/// passed over.
struct SentencePieceFile {
  /// The model that the file holds.
  private(set) var model: SentencePieceModel

  private let source: String
  private var ids: [Int: Int32] = [:]
  private var pieceNames: [Int: [UInt8]] = [
    45: Array("<unk>".utf8), 46: Array("<s>".utf8), 47: Array("</s>".utf8),
  ]

  /// Parses and checks the file's bytes.
  ///
  /// - Throws: `malformed` for bytes that are no such message, `unsupported` for models of words or characters and for rules
  ///   of denormalisation, `inconsistent` for a model without or with two unknown pieces.
  init(_ bytes: [UInt8], source: String) throws(TokenizerError) {
    self.source = source
    model = SentencePieceModel(source: source, listName: "pieces")
    // The default of the specification, which files may leave out.
    model.normalizer.removesExtraSpaces = true
    var isTrained = false
    try forEachField(bytes[...], "the file") { (file, field, value) throws(TokenizerError) in
      switch (field, value) {
      case (1, .bytes(let piece)): try file.addPiece(piece)
      case (2, .bytes(let spec)):
        isTrained = true
        try file.readTrainer(spec)
      case (3, .bytes(let spec)): try file.readNormalizer(spec)
      case (5, .bytes(let spec)): try file.checkDenormalizer(spec)
      default: break
      }
    }
    guard isTrained, !model.pieces.isEmpty else {
      throw TokenizerError(
        .malformed, source: source, subject: "file",
        found: "\(model.pieces.count) pieces and \(isTrained ? "a" : "no") trainer_spec",
        expected: "a SentencePiece model")
    }
    let unknown = model.pieces.indices.filter { model.pieces[$0].type == .unknown }
    guard unknown.count == 1 else {
      throw TokenizerError(
        .inconsistent, source: source, subject: "pieces", found: "\(unknown.count) of type UNKNOWN",
        expected: "one")
    }
    model.unknownID = Int32(unknown[0])
    model.bosTokenID = controlPiece(46)
    model.eosTokenID = controlPiece(47)
  }

  /// The id of the control piece that the trainer's field names, or nil.
  private func controlPiece(_ field: Int) -> Int32? {
    model.pieces.firstIndex { $0.type == .control && $0.text == pieceNames[field] }.map(Int32.init)
  }

  private mutating func addPiece(_ bytes: ArraySlice<UInt8>) throws(TokenizerError) {
    let subject = "pieces[\(model.pieces.count)]"
    guard model.pieces.count < VocabularyBuilder.idLimit else {
      throw TokenizerError(
        .inconsistent, source: source, subject: subject, found: "more pieces",
        expected: "at most \(VocabularyBuilder.idLimit)")
    }
    var piece = SentencePieceModel.Piece(text: [], score: 0, type: .normal)
    try forEachField(bytes, subject) { (file, field, value) throws(TokenizerError) in
      switch (field, value) {
      case (1, .bytes(let text)): piece.text = Array(text)
      case (2, .word(let bits)): piece.score = Float(bitPattern: bits)
      case (3, .integer(let number)):
        guard let type = Int32(exactly: number).flatMap(SentencePieceModel.PieceType.init) else {
          throw file.malformed("type of \(subject)", "\(number)", "1 to 6")
        }
        piece.type = type
      default: break
      }
    }
    guard !piece.text.isEmpty, String(validating: piece.text, as: UTF8.self) != nil else {
      throw malformed(subject, piece.text.isEmpty ? "an empty piece" : "bytes that are no UTF-8", "text")
    }
    model.pieces.append(piece)
  }

  private mutating func readTrainer(_ bytes: ArraySlice<UInt8>) throws(TokenizerError) {
    try forEachField(bytes, "trainer_spec") { (file, field, value) throws(TokenizerError) in
      switch (field, value) {
      case (3, .integer(1)): file.model.algorithm = .unigram
      case (3, .integer(2)): file.model.algorithm = .bpe
      case (3, .integer(let number)):
        throw TokenizerError(
          .unsupported, source: file.source, subject: "trainer_spec.model_type",
          found: number == 3 ? "WORD" : number == 4 ? "CHAR" : "\(number)", expected: "UNIGRAM or BPE")
      case (24, .integer(let flag)): file.model.normalizer.spaceFollows = flag != 0
      case (45...47, .bytes(let text)): file.pieceNames[field] = Array(text)
      default: break
      }
    }
  }

  private mutating func readNormalizer(_ bytes: ArraySlice<UInt8>) throws(TokenizerError) {
    try forEachField(bytes, "normalizer_spec") { (file, field, value) throws(TokenizerError) in
      switch (field, value) {
      case (2, .bytes(let blob)):
        if blob.isEmpty { return }
        guard let map = CharacterMap(Array(blob)) else {
          throw file.malformed(
            "normalizer_spec.precompiled_charsmap", "\(blob.count) bytes that are no such map",
            "a trie and its texts")
        }
        file.model.normalizer.characterMap = map
      case (3, .integer(let flag)): file.model.normalizer.spacePrefix = flag != 0 ? .atTextStart : .none
      case (4, .integer(let flag)): file.model.normalizer.removesExtraSpaces = flag != 0
      case (5, .integer(let flag)): file.model.normalizer.escapesSpaces = flag != 0
      default: break
      }
    }
  }

  private mutating func checkDenormalizer(_ bytes: ArraySlice<UInt8>) throws(TokenizerError) {
    try forEachField(bytes, "denormalizer_spec") { (file, field, value) throws(TokenizerError) in
      guard case (2, .bytes(let blob)) = (field, value), !blob.isEmpty else { return }
      throw TokenizerError(
        .unsupported, source: file.source, subject: "denormalizer_spec.precompiled_charsmap",
        found: "\(blob.count) bytes", expected: "none")
    }
  }

  /// Calls `body` with each field of a message.
  @inline(never)
  private mutating func forEachField(
    _ bytes: ArraySlice<UInt8>, _ subject: String,
    _ body: (inout SentencePieceFile, Int, ProtobufReader.Value) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    var reader = ProtobufReader(bytes)
    while true {
      let next: (field: Int, value: ProtobufReader.Value)?
      do throws(ProtobufReader.Failure) {
        next = try reader.next()
      } catch {
        throw malformed(
          "\(subject), byte \(error.offset)", error.found,
          "a message of protocol buffers, as SentencePiece writes")
      }
      guard let next else { return }
      try body(&self, next.field, next.value)
    }
  }

  private func malformed(_ subject: String, _ found: String, _ expected: String) -> TokenizerError {
    TokenizerError(.malformed, source: source, subject: subject, found: found, expected: expected)
  }
}
