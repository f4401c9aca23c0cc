import ArgumentParser
import Foundation

/// Feeds one reader with spoilt inputs until the time is over. Each lies in a file before it is read, so that the one that
/// ends this process is there to be looked at; `Tests/fuzz.py` starts it for every reader, and again where it was ended.
@main
struct FuzzCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fuzz", abstract: "Feed a reader with spoilt inputs.",
    discussion: "Readers: " + FuzzTarget.all.map(\.name).joined(separator: ", "))

  @Argument(help: "The reader.") var target: String
  @Option(help: "A folder of sound inputs.") var corpus: String
  @Option(help: "A folder for the input that is being read.") var work: String
  @Option(help: "Seconds to go on for.") var seconds = 5.0
  @Option(help: "What inputs are drawn from.") var seed: UInt64 = 0
  @Option(help: "Processor seconds that one input may take.") var caseSeconds = 5
  @Option(help: "Megabytes of memory that the process may take beyond those of its start.") var megabytes =
    300
  @Flag(help: "Read each input of the corpus once, as it is.") var replay = false

  /// Spoilt inputs are cut to so many bytes.
  private static let mostBytes = 1 << 20
  /// Inputs that are kept beside the sound ones, since something new came of them.
  private static let mostKept = 4096

  func run() throws {
    guard let reader = FuzzTarget.all.first(where: { $0.name == target }) else {
      throw ValidationError("there is no reader \(target)")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: corpus).sorted()
    var inputs = try names.map { [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(corpus)/\($0)"))) }
    guard !inputs.isEmpty else { throw ValidationError("\(corpus) holds no inputs") }
    let path = "\(work)/\(reader.fileName)"
    var outcomes: Set<String> = []
    for (name, input) in zip(names, inputs) {
      let outcome = try outcome(reader, input, path)
      outcomes.insert(outcome)
      if replay { print("\(name): \(outcome)") }
    }
    if replay { return }
    let startBytes = peakBytes()
    let end = ContinuousClock.now + .seconds(seconds)
    var mutator = Mutator(seed: seed)
    var count = 0
    while ContinuousClock.now < end {
      let input = mutator.input(from: inputs, limit: Self.mostBytes)
      // Another kind of outcome is what a look at the reader's paths would otherwise tell.
      if outcomes.insert(try outcome(reader, input, path)).inserted, inputs.count < Self.mostKept {
        inputs.append(input)
      }
      count += 1
      if peakBytes() - startBytes > megabytes << 20 {
        fail("memory: \((peakBytes() - startBytes) >> 20) MiB")
      }
    }
    print("{\"target\": \"\(target)\", \"executions\": \(count), \"outcomes\": \(outcomes.count)}")
  }

  /// What came of an input, without what differs from one to the next: numbers, and texts in quotes.
  private func outcome(_ reader: FuzzTarget, _ input: [UInt8], _ path: String) throws -> String {
    guard FileManager.default.createFile(atPath: path, contents: Data(input)) else {
      fail("cannot write \(path)")
    }
    // The signal ends the process: a reader that does not return is as bad as one that crashes.
    var timer = itimerval()
    timer.it_value.tv_sec = caseSeconds
    setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &timer, nil)
    defer {
      var none = itimerval()
      setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &none, nil)
    }
    let text: String
    do {
      text = try reader.read(path, input)
    } catch {
      text = "\(error)"
    }
    var isQuoted = false
    return String(
      String.UnicodeScalarView(
        text.unicodeScalars.prefix(400).filter { scalar in
          if scalar == "\"" { isQuoted.toggle() }
          return !isQuoted && scalar.isASCII && !("0"..."9").contains(scalar)
        }))
  }

  private func peakBytes() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }

  private func fail(_ reason: String) -> Never {
    FileHandle.standardError.write(Data("fuzz: \(target): \(reason)\n".utf8))
    Foundation.exit(3)
  }
}
