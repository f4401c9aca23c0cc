#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

import QuirePlatform
package import QuireRequests

/// Where a job's answers go: a file that any death leaves in order, or a pipe or device, which keep nothing.
package enum JobOutput {
  /// A regular file.
  case durable(DurableOutput)
  /// A pipe, a device, or a standard output of any kind.
  case stream(OutputFile)

  /// Opens an output before the model loads, and finds out what earlier runs left in it. Nothing is changed but what makes a
  /// replacement whole that a death cut in two.
  ///
  /// - Parameters:
  ///   - path: `-` for standard output.
  ///   - readFiles: files that the run reads, which are refused under whatever name.
  ///   - isInterrupted: asked while a named pipe has no reader.
  /// - Throws: ``JobError`` as ``OutputFile`` does, and of kind `cannotResume` where what is there is damaged.
  package init(
    path: String, options: DurableOutput.Options, readFiles: [FileIdentity],
    calls: any FileSystemCalls = SystemCalls(), isInterrupted: () -> Bool = { false }
  ) throws(JobError) {
    // What a shell has redirected is its own affair, under whatever name.
    let isStream =
      path == "-" || path.hasPrefix("/dev/") || path.hasPrefix("/proc/")
      || FileIdentity(path: path).map { !$0.isRegular } ?? false
    guard !isStream else {
      self = .stream(
        try OutputFile(
          path: path, existing: options.overwrites ? .replaced : .refused, readFiles: readFiles,
          calls: calls, isInterrupted: isInterrupted))
      return
    }
    let file = try OutputFile(
      path: path, existing: .kept, readFiles: readFiles, calls: calls, isInterrupted: isInterrupted)
    do throws(JobError) {
      self = .durable(
        try DurableOutput(file, JobFilePaths(output: Self.resolved(path)), options, calls))
    } catch {
      file.discard()
      throw error
    }
  }

  /// What the lines are written to.
  package var sink: any LineSink {
    switch self {
    case .durable(let output): output
    case .stream(let output): output
    }
  }

  /// What earlier runs left; nil for nothing.
  package var resumption: Resumption? {
    if case .durable(let output) = self { output.resumption } else { nil }
  }

  /// Files that no other file of the run may be.
  package var identities: [FileIdentity] {
    switch self {
    case .durable(let output): output.identities
    case .stream(let output): [output.identity]
    }
  }

  /// Throws ``JobError`` of kind `outputUnusable` where another file of the run has a name that the job keeps for itself.
  ///
  /// - Parameter compressed: what the output becomes in the end; nil where it stays as it is.
  package func checkIsFree(
    _ path: String, _ option: OptionName, compressed: CompressedOutput? = nil
  ) throws(JobError) {
    guard case .durable(let output) = self else { return }
    let kept = output.paths.all + (compressed?.paths ?? []).map(Self.resolved)
    guard kept.contains(Self.resolved(path)) else { return }
    throw .outputUnusable(
      "\(path) is a name that the run keeps for a file beside its output; name another with \(option: option)"
    )
  }

  /// Takes away what this run made and never wrote to; for runs that cannot start.
  package func discard() {
    switch self {
    case .durable(let output): output.discard()
    case .stream(let output): output.discard()
    }
  }

  /// A path with its links followed, so that files stand beside the file and not beside a link to it.
  static func resolved(_ path: String) -> String {
    if let text = realpath(path, nil) {
      defer { free(text) }
      return String(cString: text)
    }
    // A file that is not there yet: its directory is.
    guard !path.isEmpty, let directory = realpath(SystemCalls.directory(of: path), nil) else { return path }
    defer { free(directory) }
    return String(cString: directory) + "/" + (path.split(separator: "/").last.map(String.init) ?? "")
  }
}
