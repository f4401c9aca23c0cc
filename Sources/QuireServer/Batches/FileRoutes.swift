#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

import QuireBatch
import QuireEngine
import QuireJSON
import QuirePlatform
import Synchronization

/// `/v1/files`, as OpenAI has it: files of lines come in, files of answers go out.
package struct FileRoutes: RouteGroup {
  private let store: FileStore
  private let byteLimit: Int
  private let uploads: UploadPlaces

  /// Bytes that stand around a file in its request, at most.
  private static let frameLimit = 1 << 20

  /// - Parameters:
  ///   - byteLimit: bytes of a file, at most.
  ///   - uploadLimit: files that are being sent at a time, at most.
  package init(_ store: FileStore, byteLimit: Int, uploadLimit: Int = 8) {
    self.store = store
    self.byteLimit = byteLimit
    uploads = UploadPlaces(limit: uploadLimit)
  }

  /// Upload, list, and what can be done with each file.
  package var routes: [Route] {
    [
      Route(.post, "/v1/files") { [self] in try await upload($0) },
      Route(.get, "/v1/files") { [self] in try list($0) },
      Route(.get, "/v1/files/{id}") { [store] request in
        let file = try store.file(request.parameters["id"] ?? "")
        return .json { file.write(to: &$0) }
      },
      Route(.get, "/v1/files/{id}/content") { [self] in try content($0) },
      Route(.delete, "/v1/files/{id}") { [store] request in
        let id = request.parameters["id"] ?? ""
        try await EngineDriver.onThread { () throws(HTTPError) in try store.remove(id) }
        return .json { writer in
          writer.object { writer in
            writer.member("id", id)
            writer.member("object", "file")
            writer.member("deleted", true)
          }
        }
      },
    ]
  }

  private func list(_ request: ServerRequest) throws(HTTPError) -> ServerResponse {
    let purpose = request.queryValue("purpose")
    let isAscending = try request.word("order", of: ["asc", "desc"]) == "asc"
    var files = store.all.filter { purpose == nil || $0.purpose.rawValue == purpose }
    if isAscending { files.reverse() }
    let page = try ListPage(
      files, after: request.queryValue("after"),
      limit: try request.count("limit", in: 1...10_000, otherwise: 10_000), id: \.id)
    return page.response(id: \.id) { $1.write(to: &$0) }
  }

  // MARK: Upload

  private func upload(_ request: ServerRequest) async throws -> ServerResponse {
    try request.checkIsOwnOrigin()
    let place = try uploads.take()
    defer { withExtendedLifetime(place) {} }
    let form = try UploadForm(contentType: request.headers["Content-Type"], store, byteLimit: byteLimit)
    // A connection that brings nothing for a while is closed by the server's edge.
    try await request.body.forEachChunk(upTo: byteLimit + Self.frameLimit) { chunk in
      try await EngineDriver.onThread { () throws(HTTPError) in try form.take(chunk) }
    }
    let file = try await EngineDriver.onThread { () throws(HTTPError) in try form.finish() }
    return .json { file.write(to: &$0) }
  }

  // MARK: Content

  private func content(_ request: ServerRequest) throws(HTTPError) -> ServerResponse {
    let file = try store.file(request.parameters["id"] ?? "")
    let reading = try OpenContent(store.path(of: file.id), store)
    return ServerResponse(
      headers: ["Content-Type": "application/jsonl"],
      body: .stream(byteCount: file.byteCount) { sink in
        var offset = 0
        while offset < file.byteCount {
          let start = offset
          let bytes = try await EngineDriver.onThread { () throws(SystemError) in
            try reading.bytes(at: start, count: min(256 << 10, file.byteCount - start))
          }
          guard !bytes.isEmpty else { throw HTTPError.cannotStore(SystemError(EIO)) }
          try await sink.write(bytes)
          offset += bytes.count
        }
      })
  }
}

/// Files that are being sent, of which there are only so many at a time.
private final class UploadPlaces: Sendable {
  /// One of them, as long as it lives.
  final class Place: Sendable {
    private let places: UploadPlaces
    init(_ places: UploadPlaces) { self.places = places }
    deinit { places.count.withLock { $0 -= 1 } }
  }

  private let count = Mutex(0)
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  func take() throws(HTTPError) -> Place {
    let isFree = count.withLock { count in
      guard count < limit else { return false }
      count += 1
      return true
    }
    if isFree { return Place(self) }
    var error = HTTPError(
      .tooManyRequests, code: "too_many_uploads", "\(limit) files are being sent already; send this one later"
    )
    error.headers["Retry-After"] = "5"
    throw error
  }
}

/// A file that is open for reading, also after it was removed.
private final class OpenContent: Sendable {
  private let descriptor: Int32

  init(_ path: String, _ store: FileStore) throws(HTTPError) {
    do throws(SystemError) {
      descriptor = try store.directory.calls.openFile(path, flags: O_RDONLY)
    } catch {
      throw .cannotStore(error)
    }
  }

  deinit { close(descriptor) }

  func bytes(at offset: Int, count: Int) throws(SystemError) -> [UInt8] {
    try FileReading.bytes(of: descriptor, at: offset, count: count)
  }
}
