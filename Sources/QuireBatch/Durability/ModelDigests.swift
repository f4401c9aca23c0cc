import Dispatch
import QuireDigests
package import QuireEngine
import QuirePlatform
import Synchronization

/// The digests of a model's files, computed beside whatever else is done: while the weights load, mostly.
package final class ModelDigests: Sendable {
  private static let pieceByteCount = 1 << 20

  private let group = DispatchGroup()
  private let result = Mutex<Result<[JobIdentity.File], JobError>>(.success([]))

  /// Begins to read the files of a model and its adapter, several at a time.
  package init(_ model: ModelContext) {
    let files = model.files
    DispatchQueue.global(qos: .userInitiated).async(group: group) { [self] in
      let digests = Mutex([Result<JobIdentity.File, JobError>?](repeating: nil, count: files.count))
      DispatchQueue.concurrentPerform(iterations: files.count) { index in
        let file = files[index]
        let digest = Result { () throws(JobError) in try Self.digest(of: file.path, name: file.name) }
        digests.withLock { $0[index] = digest }
      }
      let all = digests.withLock { $0 }.compactMap { $0 }
      result.withLock { result in
        result = Result { () throws(JobError) in
          try all.map { (digest) throws(JobError) in try digest.get() }
        }
      }
    }
  }

  /// The files and their digests, once they are there.
  ///
  /// Throws ``JobError`` of kind `inputOutput` where one could not be read.
  package func files() throws(JobError) -> [JobIdentity.File] {
    group.wait()
    return try result.withLock { $0 }.get()
  }

  private static func digest(of path: String, name: String) throws(JobError) -> JobIdentity.File {
    var hash = SHA256()
    var byteCount = 0
    do throws(SystemError) {
      let reader = try OutputReader(path, SystemCalls())
      while byteCount < reader.byteCount {
        let piece = try reader.bytes(at: byteCount, count: pieceByteCount)
        guard !piece.isEmpty else { break }
        hash.update(piece)
        byteCount += piece.count
      }
    } catch {
      throw .inputOutput("cannot read \(path) of the model: \(error)")
    }
    return JobIdentity.File(name: name, byteCount: byteCount, sha256: Hexadecimal.text(hash.digest()))
  }
}
