import QuireBatch
import QuireJSON
import Synchronization

/// The form that a file is sent with: `file` and `purpose`, in any order.
///
/// Its calls come one after the other.
final class UploadForm: Sendable {
  private struct State {
    var reader: MultipartReader
    var part: MultipartReader.Part?
    var values: [String: [UInt8]] = [:]
    var upload: FileUpload?
    var filename = ""
  }

  /// Bytes of a field that is no file, at most.
  private static let fieldLimit = 4096

  private let state: Mutex<State>
  private let store: FileStore
  private let byteLimit: Int

  /// Throws `HTTPError` where the request is not of the form's kind.
  init(contentType: String?, _ store: FileStore, byteLimit: Int) throws(HTTPError) {
    state = Mutex(State(reader: try MultipartReader(contentType: contentType)))
    self.store = store
    self.byteLimit = byteLimit
  }

  /// Takes bytes of the body.
  func take(_ bytes: [UInt8]) throws(HTTPError) {
    let result = state.withLock { state in
      Result { () throws(HTTPError) in
        for event in try state.reader.take(bytes) { try take(event, &state) }
      }
    }
    try result.get()
  }

  private func take(_ event: MultipartReader.Event, _ state: inout State) throws(HTTPError) {
    switch event {
    case .begin(let part):
      state.part = part
      guard ["file", "purpose"].contains(part.name) else {
        throw HTTPError(
          .badRequest, code: "unknown_field",
          "found \(Excerpt.quoted(part.name)), expected file and purpose only", param: Excerpt.bare(part.name)
        )
      }
      guard part.name != "file" || state.upload == nil, state.values[part.name] == nil else {
        throw HTTPError(
          .badRequest, code: "duplicate_key", "\(part.name) stands twice in the form", param: part.name)
      }
      if part.name == "file" {
        state.filename = String((part.filename ?? "").split(separator: "/").last ?? "")
        if state.filename.isEmpty { state.filename = "file" }
        state.upload = try FileUpload(store, byteLimit: byteLimit)
      } else {
        state.values[part.name] = []
      }
    case .bytes(let bytes):
      guard let name = state.part?.name else { return }
      if name == "file" { return try state.upload?.append(bytes) ?? () }
      state.values[name, default: []] += bytes
      guard state.values[name, default: []].count <= Self.fieldLimit else {
        throw HTTPError(
          .badRequest, code: "invalid_value", "\(name) has more than \(Self.fieldLimit) bytes", param: name)
      }
    case .end: state.part = nil
    }
  }

  /// Makes a file of what was sent. Throws `HTTPError` where something is missing or wrong, and keeps nothing then.
  func finish() throws(HTTPError) -> StoredFile {
    let result = state.withLock { state in
      Result { () throws(HTTPError) in try finish(&state) }
    }
    return try result.get()
  }

  private func finish(_ state: inout State) throws(HTTPError) -> StoredFile {
    try state.reader.finish()
    guard let purpose = state.values["purpose"].map({ String(decoding: $0, as: UTF8.self) }) else {
      throw HTTPError(
        .badRequest, code: "missing_field", "purpose is missing from the form", param: "purpose")
    }
    guard purpose == StoredFile.Purpose.batch.rawValue else {
      throw HTTPError(
        .badRequest, code: "invalid_value", "purpose: found \(Excerpt.quoted(purpose)), expected \"batch\"",
        param: "purpose")
    }
    guard let upload = state.upload else {
      throw HTTPError(.badRequest, code: "missing_field", "file is missing from the form", param: "file")
    }
    state.upload = nil
    return try upload.finish(filename: Excerpt.bare(state.filename, limit: 255), purpose: .batch)
  }
}
