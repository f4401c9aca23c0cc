import Foundation
import QuireJSON
import QuireRequests
import Testing

@testable import QuireBatch

/// A job that is answered in shards, and what becomes of them.
struct ShardedJob {
  let directory = TemporaryDirectory()
  var lines = ShardedJob.lines(60)
  let count: Int

  init(_ count: Int) { self.count = count }

  /// Lines with ids, equal ones without, wrong ones, an id that is used twice.
  static func lines(_ count: Int) -> [String] {
    (0..<count).map { number in
      switch number % 7 {
      case 2, 3: #"{"prompt": "the same"}"#
      case 5: "wrong \(number)"
      case 6: #"{"id": "twice \#(number / 14)", "prompt": "p\#(number)"}"#
      default: #"{"id": \#(number), "prompt": "p\#(number)"}"#
      }
    }
  }

  func shard(_ number: Int, _ change: (inout DurableJob) -> Void = { _ in }) -> DurableJob {
    var job = DurableJob(directory: directory, lines: lines)
    job.shard = LineShard(number, of: count)
    job.name = "shard\(number)"
    change(&job)
    return job
  }

  /// Answers all shards, and returns their paths.
  func answer() throws -> [String] {
    try (0..<count).map { number in
      let job = shard(number)
      try job.run()
      return job.path
    }
  }

  /// Merges shards into `merged`.
  func merge(
    _ paths: [String], against input: [String]? = nil, calls: any FileSystemCalls = FailingCalls.fast,
    isInterrupted: () -> Bool = { false }
  ) throws(JobError) -> Bool {
    let files = try paths.map { path throws(JobError) in try AnsweredFile(path) }
    let merge = try ShardMerge(files)
    let lines = input.map { InputIdentities(TextLines(IteratedTexts($0)), LineParser()) }
    guard try merge.check(against: lines, isInterrupted: { false }) else { return false }
    var options = DurableOutput.Options()
    options.isOrdered = true
    let output = try JobOutput(
      path: directory.path + "/merged", options: options, readFiles: merge.identities, calls: calls)
    if case .durable(let durable) = output { try durable.adopt(merge.manifest) }
    return try merge.run(into: output, isInterrupted: isInterrupted)
  }

  /// The files of the merged output, and of the ordered run that it has to equal.
  func filesAndExpected() throws -> (files: [[UInt8]], expected: [[UInt8]]) {
    var whole = DurableJob(lines: lines)
    whole.isOrdered = true
    try whole.run()
    let suffixes = ["", ".lines", ".manifest.json"]
    return (
      suffixes.map { directory.content("merged" + $0) },
      suffixes.map { whole.directory.content("out" + $0) }
    )
  }

  func error(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "none"
    } catch {
      return "\(error)"
    }
  }
}

@Suite struct ShardTests {
  private func identities(_ lines: [String]) -> [LineIdentity] {
    var registry = LineRegistry(runSeed: 0)
    return lines.enumerated().map { index, text in
      let line = InputLine(index: index, content: .bytes(Array(text.utf8)))
      return registry.register(
        id: LineParser().parse(line).line.id, content: Array(text.utf8), lineNumber: index + 1
      ).identity
    }
  }

  @Test("each line is in one shard, identical ones in the same, and a line that comes moves no other")
  func partition() {
    let lines = ShardedJob.lines(700)
    for count in [1, 2, 3, 64] {
      let shards = (0..<count).map { LineShard($0, of: count) }
      func homes(_ lines: [String]) -> [Int] {
        identities(lines).map { identity in
          let homes = shards.filter { $0.holds(identity) }.map(\.number)
          #expect(homes.count == 1)
          return homes.first ?? -1
        }
      }
      let found = homes(lines)
      #expect(Set(zip(lines, found).filter { $0.0.contains("the same") }.map(\.1)).count == 1)
      #expect(
        Array(homes([#"{"prompt": "new"}"#, #"{"prompt": "the same"}"#] + lines).dropFirst(2)) == found)
      // Half of what an even spread would give is far off for a hash.
      for shard in 0..<min(count, 3) {
        #expect(found.count { $0 == shard } > 400 / count / 2)
      }
    }
  }

  @Test(
    "shards that are merged are the ordered run, byte for byte, its files included", arguments: [1, 2, 3, 7])
  func merging(count: Int) throws {
    let job = ShardedJob(count)
    let paths = try job.answer()
    #expect(try job.merge(paths.reversed()))
    let (files, expected) = try job.filesAndExpected()
    #expect(files == expected)
    // A second time there is nothing left to do.
    #expect(try job.merge(paths))
    #expect(try job.merge(paths, against: job.lines))
    #expect(try job.filesAndExpected().files == expected)
  }

  @Test("a shard that was killed and went on merges like any other")
  func resumedShard() throws {
    let job = ShardedJob(2)
    #expect(throws: DurableJob.Death.self) { try job.shard(0).run(deathAfter: 5) }
    #expect(
      job.error { _ = try job.merge([job.shard(0).path, job.shard(1).path]) }.contains("is not complete"))
    #expect(try job.merge(try job.answer()))
    let (files, expected) = try job.filesAndExpected()
    #expect(files == expected)
  }

  @Test("a merge that is interrupted anywhere, or whose disk fails, goes on with the same bytes")
  func interruptedMerge() throws {
    let job = ShardedJob(3)
    let paths = try job.answer()
    for stop in [1, 2, 30, 59] {
      var asked = 0
      #expect(
        try job.merge(
          paths,
          isInterrupted: {
            asked += 1
            return asked > stop
          }) == false)
    }
    for number in 1... {
      let calls = FailingCalls(Set(FailingCalls.Call.allCases), number: number)
      _ = try? job.merge(paths, calls: calls)
      guard calls.hasFailed else { break }
    }
    #expect(try job.merge(paths))
    let (files, expected) = try job.filesAndExpected()
    #expect(files == expected)
  }

  @Test("shards that do not belong together are refused, and why is said")
  func refusals() throws {
    let job = ShardedJob(3)
    let paths = try job.answer()
    func told(_ paths: [String]) -> String { job.error { _ = try job.merge(paths) } }
    #expect(told(Array(paths.dropLast())).contains("shard 2 of 3 is missing"))
    #expect(told(paths + [paths[1]]).contains("are both shard 1 of 3"))
    #expect(told(paths + [job.directory.path + "/none"]).contains("No such file"))

    var other = job.shard(2) { $0.name = "hot" }
    other.options = [.init(name: "temperature", value: .number(1))]
    try other.run()
    #expect(
      told([paths[0], paths[1], other.path]).contains("temperature 0.5, and \(other.path) has temperature 1"))
    var edited = job.shard(2) { $0.name = "edited" }
    edited.lines.append(#"{"prompt": "one more"}"#)
    try edited.run()
    #expect(told([paths[0], paths[1], edited.path]).contains("61 lines and 60"))
    let whole = job.shard(0) {
      $0.shard = nil
      $0.name = "whole"
    }
    try whole.run()
    #expect(told([whole.path]).contains("is no shard"))
    let half = job.shard(0) {
      $0.shard = LineShard(0, of: 2)
      $0.name = "half"
    }
    try half.run()
    #expect(told([paths[0], half.path]).contains("one of 2 shards, and \(paths[0]) one of 3"))
    #expect(job.directory.content("merged").isEmpty)
  }

  @Test("a byte that changed in any file of a shard is found, and named")
  func damage() throws {
    let job = ShardedJob(2)
    let paths = try job.answer()
    for suffix in ["", ".lines", ".manifest.json"] {
      let name = "shard1" + suffix
      let content = job.directory.content(name)
      for index in stride(from: 0, to: content.count, by: 11) {
        var changed = content
        changed[index] ^= 1
        _ = job.directory.file(name, changed)
        let told = job.error { _ = try job.merge(paths) }
        #expect(told.contains(suffix.isEmpty ? paths[1] : name), "byte \(index) of \(name): \(told)")
        if suffix.isEmpty {
          let line = content[..<index].count { $0 == 0x0A } + 1
          #expect(told.contains("line \(line) of \(paths[1])"), "byte \(index): \(told)")
        }
      }
      for cut in [content.dropLast(), content.dropLast(content.count / 2), content + content.suffix(200)] {
        _ = job.directory.file(name, cut)
        #expect(job.error { _ = try job.merge(paths) }.contains("shard1"))
      }
      _ = job.directory.file(name, content)
    }
    #expect(try job.merge(paths))
    let (files, expected) = try job.filesAndExpected()
    #expect(files == expected)
  }

  @Test("lines that the input has and no shard, or the other way round, are named with the shard")
  func inputs() throws {
    let job = ShardedJob(2)
    let paths = try job.answer()
    func told(_ lines: [String]) -> String { job.error { _ = try job.merge(paths, against: lines) } }
    #expect(told(job.lines) == "none")
    #expect(
      told(job.lines + [#"{"id": "z", "prompt": "new"}"#]).contains("line 61 of the input is not answered"))
    #expect(told(Array(job.lines.dropLast())).contains("answers line 60, which the input does not have"))
    var edited = job.lines
    edited[0] = #"{"id": 0, "prompt": "other"}"#
    #expect(told(edited).contains("answers line 1 of another input"))
    edited = job.lines
    edited.insert("", at: 1)
    #expect(told(edited).contains("answers line 2, which the input does not have"))
  }
}
