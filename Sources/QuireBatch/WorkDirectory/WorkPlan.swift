import QuireDigests
import QuireJSON
package import QuireRequests

/// How a job is divided among the processes that share it: stretches of so many lines each.
package struct WorkPlan: Equatable, Sendable {
  /// The version of the files of a shared job.
  static let formatVersion = 1

  /// Lines that are to be answered.
  package let lineCount: Int
  /// The SHA-256 over these lines and their places, 64 hexadecimal digits.
  package let inputSHA256: String
  /// Lines of a range; the last may have fewer.
  package let rangeLineCount: Int
  /// Seconds without a sign of life after which a process counts as dead.
  package let leaseSeconds: Int

  /// Ranges of the input.
  package var rangeCount: Int { (lineCount + rangeLineCount - 1) / rangeLineCount }

  /// Lines of a range from 0.
  func lineCount(ofRange number: Int) -> Int {
    min(rangeLineCount, lineCount - number * rangeLineCount)
  }

  /// A plan: some 64 ranges of a short input, so that there is something for everybody, but of 8 lines, which are computed
  /// together; of a long one ranges of 256 lines, so that no process holds more than it computes at a time; of a very long
  /// one 4096 ranges, which a directory holds.
  init(lineCount: Int, inputSHA256: String, leaseSeconds: Int) {
    let rangeLineCount = max(min(256, max(8, lineCount.dividedUp(by: 64))), lineCount.dividedUp(by: 4096))
    self.init(
      lineCount: lineCount, inputSHA256: inputSHA256, rangeLineCount: rangeLineCount,
      leaseSeconds: leaseSeconds)
  }

  init(lineCount: Int, inputSHA256: String, rangeLineCount: Int, leaseSeconds: Int) {
    self.lineCount = lineCount
    self.inputSHA256 = inputSHA256
    self.rangeLineCount = rangeLineCount
    self.leaseSeconds = leaseSeconds
  }

  /// Reads an input to its end, and plans its ranges.
  ///
  /// - Parameter isInterrupted: asked between lines.
  /// - Throws: ``JobError`` where the input cannot be read, and of kind `interrupted`.
  package init(
    of source: any LineSource, leaseSeconds: Int, isInterrupted: () -> Bool
  ) throws(JobError) {
    var hash = SHA256()
    var lineCount = 0
    do throws(IOError) {
      reading: while true {
        guard !isInterrupted() else {
          throw IOError("interrupted; run the same command again", kind: .interrupted)
        }
        switch try source.next(waitMilliseconds: 100) {
        case .line(let line):
          guard line.isTaken else { continue }
          let content = line.distinguishingBytes
          hash.update(UInt64(line.index))
          hash.update(UInt64(content.count))
          hash.update(content)
          lineCount += 1
        case .notReady: continue
        case .end:
          if let failure = source.failure { throw IOError(failure) }
          break reading
        }
      }
    } catch {
      throw error.failure ?? JobError(error, "")
    }
    self.init(
      lineCount: lineCount, inputSHA256: Hexadecimal.text(hash.digest()), leaseSeconds: leaseSeconds)
  }

  /// The plan as a file.
  var bytes: [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("format_version", Self.formatVersion)
      writer.member("lines", lineCount)
      writer.member("input_sha256", inputSHA256)
      writer.member("range_lines", rangeLineCount)
      writer.member("lease_seconds", leaseSeconds)
    }
    writer.endLine()
    return writer.bytes
  }

  /// Reads a plan; nil where it is none.
  init?(_ bytes: [UInt8]) {
    guard let document = try? JSONValue(parsing: bytes, repeatedKeys: .refused),
      document["format_version"] == .integer(Self.formatVersion),
      case .integer(let lineCount)? = document["lines"], let sha256 = document["input_sha256"]?.text,
      case .integer(let rangeLineCount)? = document["range_lines"], rangeLineCount > 0, lineCount >= 0,
      case .integer(let leaseSeconds)? = document["lease_seconds"]
    else { return nil }
    self.init(
      lineCount: lineCount, inputSHA256: sha256, rangeLineCount: rangeLineCount, leaseSeconds: leaseSeconds)
  }

  /// Why lines and leases of this plan are not those of the one that a job was begun with, in words; nil where they are.
  func difference(from earlier: WorkPlan) -> ErrorText? {
    if lineCount != earlier.lineCount {
      return "with an input of \(earlier.lineCount) lines, and this run's has \(lineCount)"
    }
    if inputSHA256 != earlier.inputSHA256 {
      return "with an input whose SHA-256 is \(earlier.inputSHA256), and this run's is \(inputSHA256)"
    }
    if leaseSeconds != earlier.leaseSeconds {
      return
        "with \(option: .leaseSeconds) \(earlier.leaseSeconds), and this run has \(option: .leaseSeconds) \(leaseSeconds)"
    }
    return nil
  }
}

extension OptionName {
  /// The directory that the processes of a job share.
  package static let workDirectory = OptionName(rawValue: "work_dir")
  /// After how many seconds without a sign of life a process counts as dead.
  package static let leaseSeconds = OptionName(rawValue: "lease_seconds")
}

extension Int {
  fileprivate func dividedUp(by divisor: Int) -> Int { (self + divisor - 1) / divisor }
}
