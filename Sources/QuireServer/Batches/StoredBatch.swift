package import QuireJSON

/// A batch: OpenAI's object, and what a server has to know to go on with it.
package struct StoredBatch: Equatable, Sendable {
  /// Where a batch stands.
  package enum Status: String, Sendable {
    /// Its input is yet to be checked.
    case validating
    /// The input cannot be used, or the job failed.
    case failed
    /// Its lines are being answered, or wait for a batch before it.
    case inProgress = "in_progress"
    /// All is answered, and the files are being made.
    case finalizing
    /// The files are there.
    case completed
    /// Its time is over; what was answered is there.
    case expired
    /// It is to end before its lines are answered.
    case cancelling
    /// It has; what was answered is there.
    case cancelled

    /// Whether nothing follows.
    package var isFinal: Bool {
      switch self {
      case .failed, .completed, .expired, .cancelled: true
      case .validating, .inProgress, .finalizing, .cancelling: false
      }
    }
  }

  /// What is wrong with a batch, or with a line of its input.
  package struct Problem: Equatable, Sendable {
    /// The kind, in a word.
    package let code: String
    /// What is wrong, in one sentence.
    package let message: String
    /// The field that is wrong, where it is one.
    package let param: String?
    /// The line of the input, from 1, where it is one.
    package let line: Int?

    /// A problem; each argument is the property of its name.
    package init(code: String, message: String, param: String? = nil, line: Int? = nil) {
      self.code = code
      self.message = message
      self.param = param
      self.line = line
    }
  }

  /// What a client asks for.
  package struct Request: Equatable, Sendable {
    /// The file of lines.
    package let inputFileID: String
    /// The path that each line names as its `url`.
    package let endpoint: String
    /// How long it may take, as the client says it, and in seconds.
    package let window: (text: String, seconds: Int)
    /// The client's own pairs, a JSON object; nil for none.
    package let metadata: [UInt8]?

    /// A wish; each argument is the property of its name.
    package init(
      inputFileID: String, endpoint: String, window: (text: String, seconds: Int), metadata: [UInt8]?
    ) {
      self.inputFileID = inputFileID
      self.endpoint = endpoint
      self.window = window
      self.metadata = metadata
    }

    package static func == (a: Request, b: Request) -> Bool {
      a.inputFileID == b.inputFileID && a.endpoint == b.endpoint && a.window == b.window
        && a.metadata == b.metadata
    }
  }

  /// What the batch is called.
  package let id: String
  /// What was asked for.
  package let request: Request
  /// When it was made, in nanoseconds since 1970; no two batches have the same.
  package let time: Int
  /// Where it stands.
  package private(set) var status = Status.validating
  /// When it came to each status, in seconds since 1970.
  package private(set) var times: [Status: Int] = [:]
  /// What is wrong with it.
  package var problems: [Problem] = []
  /// Lines, and those among them that are answered and that have failed.
  package var counts = (total: 0, completed: 0, failed: 0)
  /// The names that its files of answers and of error lines have, once they are there.
  package let fileIDs: (output: String, errors: String)
  /// Which of them are there.
  package var has = (output: false, errors: false)

  /// A batch that begins.
  package init(
    id: String, _ request: Request, time: Int, fileIDs: (output: String, errors: String)
  ) {
    self.id = id
    self.request = request
    self.time = time
    self.fileIDs = fileIDs
  }

  /// Comes to a status.
  package mutating func come(to status: Status, at seconds: Int) {
    self.status = status
    times[status] = seconds
  }

  /// When it was made, in seconds since 1970.
  var createdAt: Int { time / 1_000_000_000 }
  /// When its time is over.
  package var expiresAt: Int { createdAt + request.window.seconds }

  package static func == (a: StoredBatch, b: StoredBatch) -> Bool { a.description == b.description }
}

extension StoredBatch {
  /// Writes the object that clients get, its members in OpenAI's order.
  package func write(to writer: inout JSONWriter) {
    writer.object { write(membersTo: &$0) }
  }

  private func write(membersTo writer: inout JSONWriter) {
    writer.member("id", id)
    writer.member("object", "batch")
    writer.member("endpoint", request.endpoint)
    writer.key("errors")
    if problems.isEmpty { writer.null() } else { writer.object { writeProblems(to: &$0) } }
    writer.member("input_file_id", request.inputFileID)
    writer.member("completion_window", request.window.text)
    writer.member("status", status.rawValue)
    writer.member("output_file_id", has.output ? fileIDs.output : nil)
    writer.member("error_file_id", has.errors ? fileIDs.errors : nil)
    writer.member("created_at", createdAt)
    writer.member("in_progress_at", times[.inProgress])
    writer.member("expires_at", expiresAt)
    writer.member("finalizing_at", times[.finalizing])
    writer.member("completed_at", times[.completed])
    writer.member("failed_at", times[.failed])
    writer.member("expired_at", times[.expired])
    writer.member("cancelling_at", times[.cancelling])
    writer.member("cancelled_at", times[.cancelled])
    writer.key("request_counts")
    writer.object { writer in
      writer.member("total", counts.total)
      writer.member("completed", counts.completed)
      writer.member("failed", counts.failed)
    }
    writer.key("metadata")
    if let metadata = request.metadata { writer.raw(metadata) } else { writer.null() }
  }

  private func writeProblems(to writer: inout JSONWriter) {
    writer.member("object", "list")
    writer.key("data")
    writer.array(problems) { writer, problem in
      writer.object { writer in
        writer.member("code", problem.code)
        writer.member("line", problem.line)
        writer.member("message", problem.message)
        writer.member("param", problem.param)
      }
    }
  }

  /// The description that is kept.
  var description: [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      write(membersTo: &writer)
      writer.member("time", time)
      writer.member("window_seconds", request.window.seconds)
      writer.key("file_ids")
      writer.array([fileIDs.output, fileIDs.errors]) { $0.string($1) }
    }
    return writer.takeBytes()
  }

  /// Reads ``description``; nil where something is missing.
  init?(_ value: JSONValue) {
    func integer(_ name: String) -> Int? {
      if case .integer(let number)? = value[name] { number } else { nil }
    }
    guard let id = value["id"]?.text, let input = value["input_file_id"]?.text,
      let endpoint = value["endpoint"]?.text, let window = value["completion_window"]?.text,
      let status = value["status"]?.text.flatMap(Status.init), let time = integer("time"),
      let seconds = integer("window_seconds"), case .array(let names)? = value["file_ids"],
      names.count == 2, let output = names[0].text, let errors = names[1].text,
      let counts = value["request_counts"], case .integer(let total)? = counts["total"],
      case .integer(let completed)? = counts["completed"], case .integer(let failed)? = counts["failed"]
    else { return nil }
    var metadata: [UInt8]?
    if let object = value["metadata"], object != .null {
      var writer = JSONWriter()
      writer.value(object)
      metadata = writer.takeBytes()
    }
    self.init(
      id: id,
      Request(inputFileID: input, endpoint: endpoint, window: (window, seconds), metadata: metadata),
      time: time, fileIDs: (output, errors))
    self.status = status
    self.counts = (total, completed, failed)
    has = (value["output_file_id"]?.text != nil, value["error_file_id"]?.text != nil)
    for status in [
      Status.inProgress, .finalizing, .completed, .failed, .expired, .cancelling, .cancelled,
    ] {
      times[status] = integer(status.rawValue + "_at")
    }
    if case .array(let problems)? = value["errors"]?["data"] {
      for problem in problems {
        guard let code = problem["code"]?.text, let message = problem["message"]?.text else { return nil }
        var line: Int?
        if case .integer(let number)? = problem["line"] { line = number }
        self.problems.append(
          Problem(code: code, message: message, param: problem["param"]?.text, line: line))
      }
    }
  }
}
