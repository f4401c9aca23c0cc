import Foundation

/// Fetches one file in ranges, from where an earlier try ended, and proves its content.
struct FileDownload {
  let file: HubFile
  let subject: String
  let request: HTTPRequest
  let policy: RetryPolicy
  /// The error of an answer that is no success.
  let refusal: (HTTPResponse, [UInt8], String) -> HubError
  /// Counts bytes that are there, below 0 where some were thrown away, and says whether they were fetched now.
  let count: (Int, _ isFetched: Bool) -> Void

  /// The bytes that one request asks for: what the client may have to hold in memory, where the disk is slower than the
  /// network.
  static let rangeByteCount = 32 << 20

  /// Fetches the file into `partial`.
  ///
  /// - Throws: ``HubError``; what has arrived stays, unless it is proven wrong.
  func run(_ client: HTTPClient, into path: String) throws(HubError) {
    let partial = try PartialFile(path: path)
    let isResumed = partial.byteCount > 0
    if try fetch(client, partial) { return }
    // What an earlier try left may have been another content, or damaged.
    if isResumed {
      count(-partial.byteCount, false)
      try partial.cut(to: 0)
      if try fetch(client, partial) { return }
    }
    partial.remove()
    throw HubError(
      .unusable,
      "\(subject): what arrived is not the file that the hub lists (its hash should be \(file.checksum?.text ?? "")); "
        + "it was thrown away, run the same command again")
  }

  /// Fetches what is missing.
  ///
  /// - Returns: whether the content has the right hash.
  private func fetch(_ client: HTTPClient, _ partial: PartialFile) throws(HubError) -> Bool {
    var state = State(running: RunningChecksum(file.checksum, byteCount: file.byteCount))
    let present = partial.byteCount
    // Without a size nobody knows how a rest would go on.
    let kept = file.byteCount.map { present <= $0 ? present : 0 } ?? 0
    count(kept, false)
    try partial.cut(to: kept)
    try partial.read(upTo: kept) { state.running.update($0) }
    state.offset = kept
    var failureCount = 0
    while state.offset != file.byteCount {
      let before = state.offset
      let (answer, trouble) = try exchange(client, partial, &state)
      if trouble == nil, file.byteCount == nil { break }
      if state.offset > before { failureCount = 0 }
      guard let trouble else {
        if state.offset > before { continue }
        failureCount += 1
        try client.pause(policy, failureCount, answer, "\(subject): the hub sends nothing")
        continue
      }
      failureCount += 1
      try client.pause(policy, failureCount, answer, "\(subject): \(trouble)")
    }
    guard file.checksum.map({ $0.text == state.running.text }) ?? true else { return false }
    try partial.synchronize()
    return true
  }

  private struct State {
    var running: RunningChecksum
    var offset = 0
  }

  /// One request and its answer, as far as it goes: the answer's head, and what may pass if the file is asked for again.
  private func exchange(
    _ client: HTTPClient, _ partial: PartialFile, _ state: inout State
  ) throws(HubError) -> (HTTPResponse?, trouble: String?) {
    var request = request
    let start = state.offset
    if let byteCount = file.byteCount, start > 0 || byteCount > Self.rangeByteCount {
      request.headers["Range"] = "bytes=\(start)-\(min(start + Self.rangeByteCount, byteCount) - 1)"
    }
    var body: [UInt8] = []
    var isFirst = true
    let response: HTTPResponse
    do throws(HTTPClient.Failure) {
      response = try client.send(request) { (head, bytes) throws(HubError) in
        guard head.status == 200 || head.status == 206 else {
          body.append(contentsOf: bytes.prefix(max(0, 65_536 - body.count)))
          return
        }
        if isFirst {
          isFirst = false
          try begin(head, partial, &state)
        }
        if let byteCount = file.byteCount, bytes.count > byteCount - state.offset {
          throw HubError(
            .unusable, "\(subject): the hub sends more than the \(byteCount) bytes that it lists")
        }
        let bytes = [UInt8](bytes)
        try partial.append(bytes)
        state.running.update(bytes)
        state.offset += bytes.count
        count(bytes.count, true)
      }
    } catch {
      switch error {
      case .final(let error): throw error
      case .connection(let trouble): return (nil, trouble)
      }
    }
    switch response.status {
    case 200, 206: return (response, nil)
    case 416:
      // The bytes that are there lead beyond what the server has.
      try restart(partial, &state)
      return (response, "the hub has no bytes from \(start) on")
    case let status where RetryPolicy.isPassing(status): return (response, "the hub answers \(status)")
    default: throw refusal(response, body, subject)
    }
  }

  /// Goes back to the start where the answer holds the whole file though a rest was asked for.
  private func begin(
    _ head: HTTPResponse, _ partial: PartialFile, _ state: inout State
  ) throws(HubError) {
    guard state.offset > 0 else { return }
    if head.status == 206 {
      // As in `bytes 100-199/1000`.
      let range = head.headers["content-range"]?.split(separator: " ").last?.split(separator: "-").first
      guard let range, Int(range) != state.offset else { return }
    }
    guard head.status == 200 else {
      throw HubError(
        .unusable,
        "\(subject): asked for the bytes from \(state.offset) on, the hub sends \(head.headers["content-range"] ?? "others")"
      )
    }
    try restart(partial, &state)
  }

  private func restart(_ partial: PartialFile, _ state: inout State) throws(HubError) {
    count(-state.offset, false)
    try partial.cut(to: 0)
    state = State(running: RunningChecksum(file.checksum, byteCount: file.byteCount))
  }
}
