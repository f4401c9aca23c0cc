package import QuireJSON

/// What is known of a file that was uploaded, or that a batch has made: OpenAI's file object.
package struct StoredFile: Equatable, Sendable {
  /// What a file is for.
  package enum Purpose: String, Sendable {
    /// The lines of a batch.
    case batch
    /// The answers of a batch, or its error lines.
    case batchOutput = "batch_output"
  }

  /// What the file is called here.
  package let id: String
  /// How many bytes the file has.
  package let byteCount: Int
  /// When it came, in nanoseconds since 1970; no two files have the same.
  package let time: Int
  /// The name that it came with.
  package let filename: String
  /// What it is for.
  package let purpose: Purpose

  /// A file; each argument is the property of its name.
  package init(id: String, byteCount: Int, time: Int, filename: String, purpose: Purpose) {
    self.id = id
    self.byteCount = byteCount
    self.time = time
    self.filename = filename
    self.purpose = purpose
  }

  /// Writes the object that clients get.
  package func write(to writer: inout JSONWriter) {
    writer.object { write(membersTo: &$0) }
  }

  private func write(membersTo writer: inout JSONWriter) {
    writer.member("id", id)
    writer.member("object", "file")
    writer.member("bytes", byteCount)
    writer.member("created_at", time / 1_000_000_000)
    writer.key("expires_at")
    writer.null()
    writer.member("filename", filename)
    writer.member("purpose", purpose.rawValue)
    writer.member("status", "processed")
    writer.key("status_details")
    writer.null()
  }

  /// The description that is kept.
  var description: [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      write(membersTo: &writer)
      writer.member("time", time)
    }
    return writer.takeBytes()
  }

  /// Reads ``description``; nil where something is missing.
  init?(_ value: JSONValue) {
    guard let id = value["id"]?.text, case .integer(let byteCount)? = value["bytes"],
      case .integer(let time)? = value["time"], let filename = value["filename"]?.text,
      let purpose = value["purpose"]?.text.flatMap(Purpose.init)
    else { return nil }
    self.init(id: id, byteCount: byteCount, time: time, filename: filename, purpose: purpose)
  }
}
