#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

import QuirePlatform
import QuireRequests

/// The directory that the processes of one job share: what the job is, who works on which range, the ranges' answers.
///
/// In `job` stand `manifest.json` and `plan.json`, written once; `leases` with one empty file for each range and one for the
/// merge, whose name says where it stands (`00000007.todo`, `00000007.held.HOLDER`, `00000007.done.HOLDER`); `holders` with
/// a file for each process, whose content changes as long as it lives; `answers` with `00000007.HOLDER` and its ledger.
/// A lease passes from hand to hand by `rename`, which of several processes one can do: who does not find the name that it
/// had knows that it has lost the lease. So a range is published exactly once, whatever the clocks say.
package struct WorkDirectory: Sendable {
  /// Where a lease stands.
  enum Lease: Equatable, Sendable {
    /// Nobody has it.
    case free
    /// A process has it.
    case held(by: String)
    /// The work is done, and its answers are those of a process.
    case done(by: String)

    fileprivate var name: String {
      switch self {
      case .free: "todo"
      case .held(let holder): "held.\(holder)"
      case .done(let holder): "done.\(holder)"
      }
    }

    fileprivate var rank: Int {
      switch self {
      case .free: 0
      case .held: 1
      case .done: 2
      }
    }
  }

  /// The path as the user wrote it.
  package let path: String
  /// What this process is called.
  package let holder: String
  let calls: any FileSystemCalls
  private var job: String { path + "/job" }
  private var leases: String { job + "/leases" }

  /// The lease of the merge, behind those of all ranges.
  static let mergeNumber = 99_999_999

  /// - Parameters:
  ///   - path: is made where it is not there.
  ///   - holder: what no other process is called; letters, digits, `-`.
  package init(
    _ path: String, holder: String = WorkDirectory.newHolder, calls: any FileSystemCalls = SystemCalls()
  ) {
    self.path = path
    self.holder = holder
    self.calls = calls
  }

  /// A name that tells people where the process runs, and that no other process has.
  package static var newHolder: String {
    var bytes = [CChar](repeating: 0, count: 256)
    gethostname(&bytes, bytes.count - 1)
    let host = String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let name = host.prefix(40).map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
    return "\(String(name))-\(getpid())-\(String(UInt32.random(in: 0 ... .max), radix: 16))"
  }

  /// Begins the job in the directory, or finds that another process has.
  ///
  /// - Returns: the plan that holds for all.
  /// - Throws: ``JobError`` of kind `cannotResume` where the directory is another job's, of kind `outputUnusable` where it
  ///   cannot be made or written.
  func join(_ manifest: JobManifest, _ plan: WorkPlan) throws(JobError) -> WorkPlan {
    try making { () throws(SystemError) in try makeDirectory(path) }
    if FileIdentity(path: job) == nil {
      let new = "\(path)/new.\(holder)"
      try making { () throws(SystemError) in try make(new, manifest, plan) }
      do throws(SystemError) {
        try calls.commit(new, as: job)
      } catch {
        remove(new, plan)
        // Another process was faster.
        guard error.number == ENOTEMPTY || error.number == EEXIST else {
          throw .outputUnusable(
            "cannot write to \(path): \(error); check the path given to \(option: .workDirectory)")
        }
      }
    }
    guard let found = try JobManifest.read(job + "/manifest.json", calls),
      let bytes = try JobError.reading(
        job + "/plan.json",
        { () throws(SystemError) in
          try FileReading.contents(of: job + "/plan.json", byteLimit: 1 << 16, calls)
        }), let foundPlan = WorkPlan(bytes)
    else {
      throw .cannotResume(
        "\(job) is damaged, or of another version of Quire; remove it to begin the job anew, or name another directory"
      )
    }
    if let difference = manifest.identity.difference(from: found.identity) ?? plan.difference(from: foundPlan)
    {
      throw .cannotResume(
        "the job in \(path) was begun \(difference); give the same again, or name another directory with "
          + "\(option: .workDirectory)")
    }
    return foundPlan
  }

  private func making(_ body: () throws(SystemError) -> Void) throws(JobError) {
    do throws(SystemError) { try body() } catch {
      throw .outputUnusable(
        "cannot write to \(path): \(error); check the path given to \(option: .workDirectory)")
    }
  }

  private func make(_ place: String, _ manifest: JobManifest, _ plan: WorkPlan) throws(SystemError) {
    for directory in [place, place + "/leases", place + "/holders", place + "/answers"] {
      try makeDirectory(directory)
    }
    for number in Array(0..<plan.rangeCount) + [Self.mergeNumber] {
      close(try calls.openFile("\(place)/leases/\(Self.name(number)).todo", flags: O_WRONLY | O_CREAT))
    }
    try calls.replaceFile(place + "/plan.json", with: plan.bytes)
    try calls.replaceFile(place + "/manifest.json", with: manifest.bytes)
    try calls.synchronizeDirectory(place + "/leases")
  }

  private func remove(_ place: String, _ plan: WorkPlan) {
    for number in Array(0..<plan.rangeCount) + [Self.mergeNumber] {
      try? calls.removeFile("\(place)/leases/\(Self.name(number)).todo")
    }
    for name in ["plan.json", "manifest.json"] { try? calls.removeFile("\(place)/\(name)") }
    for name in ["/leases", "/holders", "/answers", ""] { rmdir(place + name) }
  }

  private func makeDirectory(_ path: String) throws(SystemError) {
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw SystemError(errno) }
  }

  /// Eight digits, so that names are in the order of numbers.
  private static func name(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }

  // MARK: - Leases

  /// Where all leases stand, by number. One that is passing from hand to hand may be missing.
  func readLeases() throws(SystemError) -> [Int: Lease] {
    var found: [Int: Lease] = [:]
    for name in try names(in: leases) {
      let parts = name.split(separator: ".", maxSplits: 2)
      guard parts.count >= 2, let number = Int(parts[0]) else { continue }
      let lease: Lease
      switch (parts[1], parts.count) {
      case ("todo", 2): lease = .free
      case ("held", 3): lease = .held(by: String(parts[2]))
      case ("done", 3): lease = .done(by: String(parts[2]))
      default: continue
      }
      if let other = found[number], other.rank > lease.rank { continue }
      found[number] = lease
    }
    return found
  }

  /// Takes a lease from where it stands to somewhere else; false where it does not stand there any more.
  func move(_ number: Int, from lease: Lease, to new: Lease) throws(SystemError) -> Bool {
    let (path, newPath) = (place(number, lease), place(number, new))
    do throws(SystemError) {
      try calls.renameFile(path, to: newPath)
    } catch {
      guard error.number == ENOENT else { throw error }
      // A server of files may do what it is asked for and say, asked again, that there is nothing to do.
      return FileIdentity(path: newPath) != nil
    }
    return true
  }

  private func place(_ number: Int, _ lease: Lease) -> String {
    "\(leases)/\(Self.name(number)).\(lease.name)"
  }

  /// Makes what was renamed last.
  func synchronizeLeases() throws(SystemError) { try calls.synchronizeDirectory(leases) }

  // MARK: - Signs of life

  /// Gives a sign of life, which is another one each time.
  func giveSign(_ number: Int) throws(SystemError) {
    let descriptor = try calls.openFile(
      "\(job)/holders/\(holder)", flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
    defer { close(descriptor) }
    try calls.writeAll(Array("\(number)\n".utf8), to: descriptor)
  }

  /// The latest sign of life of a process; nil where it never gave one. The file is opened anew, since that is when a server
  /// of files tells what is in it.
  func sign(of holder: String) -> [UInt8]? {
    try? FileReading.contents(of: "\(job)/holders/\(holder)", byteLimit: 1 << 10, calls)
  }

  /// Takes the sign of life back, at the end.
  func removeSign() { try? calls.removeFile("\(job)/holders/\(holder)") }

  /// Processes that have given signs of life and not ended in order.
  func holders() throws(SystemError) -> [String] { try names(in: job + "/holders") }

  // MARK: - Answers

  /// The file of a range's answers by a process; its ledger is beside it.
  func answers(_ number: Int, by holder: String) -> JobFilePaths {
    JobFilePaths(output: "\(job)/answers/\(Self.name(number)).\(holder)")
  }

  /// Processes that have begun to answer a range, this one left out.
  func earlierHolders(of number: Int) throws(SystemError) -> [String] {
    let prefix = Self.name(number) + "."
    return try names(in: job + "/answers").compactMap { name in
      guard name.hasPrefix(prefix), !name.hasSuffix(".lines") else { return nil }
      let other = String(name.dropFirst(prefix.count))
      return other == holder ? nil : other
    }
  }

  private func names(in directory: String) throws(SystemError) -> [String] {
    guard let stream = opendir(directory) else { throw SystemError(errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
          String(cString: $0)
        }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }
}
