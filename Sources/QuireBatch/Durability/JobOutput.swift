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
  case stream(StreamOutput)

  /// Opens an output before the model loads, and finds out what earlier runs left in it. Nothing is changed but what makes a
  /// replacement whole that a death cut in two.
  ///
  /// - Parameters:
  ///   - path: `-` for standard output.
  ///   - errorPath: where error lines go; nil for `path`. A regular file, or one that is made, where `path` is one.
  ///   - readFiles: files that the run reads, which are refused under whatever name.
  ///   - isInterrupted: asked while a named pipe has no reader.
  /// - Throws: ``JobError`` as ``OutputFile`` does, and of kind `cannotResume` where what is there is damaged.
  package init(
    path: String, errorPath: String? = nil, options: DurableOutput.Options, readFiles: [FileIdentity],
    calls: any FileSystemCalls = SystemCalls(), isInterrupted: () -> Bool = { false }
  ) throws(JobError) {
    let isStream = Self.isStream(path)
    let existing: ExistingFile = !isStream ? .kept : options.overwrites ? .replaced : .refused
    if let errorPath, !isStream, Self.isStream(errorPath) {
      throw .outputUnusable(
        "\(errorPath) is no file, and error lines go on with the output \(path), which is one; name a file with "
          + "\(option: .errorFile)")
    }
    let paths = JobFilePaths(output: Self.resolved(path), errors: errorPath.map(Self.resolved))
    if let errorPath, !isStream, paths.output != paths.lines.errors, Set(paths.all).count < paths.all.count {
      throw Self.nameIsKept(errorPath, .errorFile)
    }
    let file = try OutputFile(
      path: path, existing: existing, readFiles: readFiles, calls: calls, isInterrupted: isInterrupted)
    var opened = [file]
    do throws(JobError) {
      if !isStream {
        guard FileIdentity(path: paths.output) == file.identity else {
          throw .outputUnusable(
            "the output \(path) is being written by another run; wait for it or name another file")
        }
        try OutputRepair(paths: paths, calls: calls).settle(
          isBegun: file.byteCount > 0, overwrites: options.overwrites)
      }
      var files = OutputPair(file, errors: nil)
      if let errorPath {
        let errors = try OutputFile(
          path: errorPath, existing: existing, readFiles: readFiles + [file.identity], option: .errorFile,
          calls: calls, isInterrupted: isInterrupted)
        opened.append(errors)
        files.errors = errors
      }
      self =
        isStream ? .stream(StreamOutput(files)) : .durable(try DurableOutput(files, paths, options, calls))
    } catch {
      for file in opened { file.discard() }
      throw error
    }
  }

  /// Whether an output of that path keeps nothing. What a shell has redirected is its own affair, under whatever name.
  private static func isStream(_ path: String) -> Bool {
    path == "-" || path.hasPrefix("/dev/") || path.hasPrefix("/proc/")
      || FileIdentity(path: path).map { !$0.isRegular } ?? false
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

  /// Whether error lines have a file of their own.
  var separatesErrors: Bool {
    switch self {
    case .durable(let output): output.paths.lines.errors != nil
    case .stream(let output): output.separatesErrors
    }
  }

  /// Files that no other file of the run may be.
  package var identities: [FileIdentity] {
    switch self {
    case .durable(let output): output.identities
    case .stream(let output): output.identities
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
    throw Self.nameIsKept(path, option)
  }

  private static func nameIsKept(_ path: String, _ option: OptionName) -> JobError {
    .outputUnusable(
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
