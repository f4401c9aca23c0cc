import Testing

@testable import QuireBatch

@Suite("Progress as it is told")
struct ProgressTests {
  /// A run of lines that each take `promptTokens` and answer with `length` tokens, each line 10 bytes: `done` lines are
  /// answered and `open` lines in the engine, with `drawn` tokens of theirs.
  private static func run(
    done: Int, open: Int, drawn: Int, length: Int = 100, limit: Int = 1024, promptTokens: Int = 10
  ) -> JobProgress {
    var progress = JobProgress()
    (progress.answeredLineCount, progress.inFlightLineCount) = (done, open)
    (progress.begunLineCount, progress.unfinishedLineCount) = (done + open, open)
    progress.consumedByteCount = 10 * (done + open)
    progress.begunPromptTokenCount = promptTokens * (done + open)
    progress.computedPromptTokenCount = progress.begunPromptTokenCount
    progress.begunOutputTokenLimit = limit * (done + open)
    progress.generatedTokenCount = done * length + drawn
    return progress
  }

  @Test("without work in the engine the share follows from lines and bytes, and of a pipe there is none")
  func lines() {
    var progress = JobProgress()
    (progress.errorLineCount, progress.inFlightLineCount, progress.consumedByteCount) = (10, 10, 400)
    let text = ProgressText(inputByteCount: 800)
    #expect(text.estimate(progress)?.share == 0.25)
    #expect(text.status(progress, elapsedSeconds: 10) == "10 lines, 10 errors, 0:30 left, 0.0 tokens/s")
    #expect(ProgressText(inputByteCount: nil).estimate(progress) == nil)
    #expect(ProgressText(inputByteCount: 0).estimate(progress) == nil)
    #expect(ProgressText.clock(3_725.2) == "1:02:06")
  }

  @Test(
    "the estimate follows from tokens: unfinished answers count, and an answer that comes early misleads nobody"
  )
  func tokens() throws {
    // 1,000 lines; each of 256 in the engine has drawn 50 of 100 tokens: a twentieth of the work, and 7 of 107 with prompts.
    let text = ProgressText(inputByteCount: 10_000)
    let half = try #require(text.estimate(Self.run(done: 0, open: 256, drawn: 256 * 50)))
    #expect(half.isBound)
    let left = try #require(half.secondsLeft(elapsedSeconds: 60)).seconds
    #expect(left > 60 * 4 && left < 60 * 80)
    // A quarter of the lines answered, the next quarter half drawn: 37.5%, and rather less than more is told.
    let middle = try #require(text.estimate(Self.run(done: 250, open: 250, drawn: 250 * 50)))
    #expect(!middle.isBound && (0.25...0.38).contains(middle.share))
    // At the end nothing but the answers under way is left.
    let end = try #require(text.estimate(Self.run(done: 990, open: 10, drawn: 900)))
    #expect(end.share > 0.99)
    #expect(try #require(text.estimate(Self.run(done: 1000, open: 0, drawn: 0))).share > 0.999)
  }

  @Test("one short answer of many long ones gives a bound, which the greatest length sets")
  func bound() throws {
    var progress = Self.run(done: 1, open: 255, drawn: 255 * 10, length: 10, limit: 100)
    let estimate = try #require(ProgressText(inputByteCount: 2_560).estimate(progress))
    #expect(estimate.isBound)
    let work = 256.0 * (0.7 * 10 + 100)
    let share = (0.7 * 2_560 + 2_560) / work
    #expect(abs(estimate.share - share) < 1e-9)
    let text = ProgressText(inputByteCount: 2_560)
    #expect(text.status(progress, elapsedSeconds: 10).hasPrefix("1 line, at most 0:5"))
    // Sixteen answers are enough.
    (progress.answeredLineCount, progress.inFlightLineCount, progress.unfinishedLineCount) = (16, 240, 240)
    #expect(text.estimate(progress)?.isBound == false)
  }

  @Test("before the first answer the prompts' tokens are told")
  func prompts() {
    var progress = Self.run(done: 0, open: 4, drawn: 0)
    progress.computedPromptTokenCount = 15
    let text = ProgressText(inputByteCount: nil)
    #expect(text.status(progress, elapsedSeconds: 1) == "0 lines, 15 of 40 prompt tokens computed")
    progress.generatedTokenCount = 3
    #expect(
      text.status(progress, elapsedSeconds: 1) == "0 lines, 15 of 40 prompt tokens computed, 3.0 tokens/s")
    progress.answeredLineCount = 1
    #expect(text.status(progress, elapsedSeconds: 1) == "1 line, 3.0 tokens/s")
  }

  @Test("what earlier runs answered counts as done, and took this one no time")
  func resumed() throws {
    var progress = Self.run(done: 0, open: 0, drawn: 0)
    (progress.answeredLineCount, progress.resumedLineCount) = (50, 50)
    (progress.consumedByteCount, progress.resumedByteCount) = (500, 500)
    let text = ProgressText(inputByteCount: 1000)
    #expect(text.estimate(progress)?.share == 0.5)
    #expect(text.estimate(progress)?.secondsLeft(elapsedSeconds: 1) == nil)
    (progress.errorLineCount, progress.consumedByteCount) = (25, 750)
    let estimate = try #require(text.estimate(progress))
    #expect(estimate.share == 0.75 && estimate.secondsLeft(elapsedSeconds: 8)?.seconds == 8)
  }

  @Test("a bar keeps to its width at any width, and is whole where it fits", arguments: 0...90)
  func width(width: Int) {
    var progress = Self.run(done: 250, open: 250, drawn: 250 * 50)
    progress.errorLineCount = 3
    let text = ProgressText(inputByteCount: 10_000)
    let bar = text.bar(progress, elapsedSeconds: 100, width: width)
    #expect(bar.count <= width)
    let whole = text.bar(progress, elapsedSeconds: 100)
    #expect(whole.hasPrefix("[####") && whole.contains("253 lines, 3 errors, "))
    if width >= whole.count { #expect(bar == whole) }
    if width >= 9 { #expect(bar.contains("253 lines")) }
  }

  @Test("no progress at all makes an estimate that is no number, or out of its range")
  func extremes() {
    for begun in [0, 1, 7] {
      for finished in 0...begun {
        for (generated, limit, bytes) in [(0, 0, 0), (0, 9, 5), (1 << 40, 1, 50), (3, 1 << 60, 1 << 40)] {
          var progress = JobProgress()
          (progress.answeredLineCount, progress.inFlightLineCount) = (finished, begun - finished)
          (progress.begunLineCount, progress.unfinishedLineCount) = (begun, begun - finished)
          (progress.generatedTokenCount, progress.begunOutputTokenLimit) = (generated, limit)
          progress.consumedByteCount = bytes
          let estimate = ProgressText(inputByteCount: 50).estimate(progress)
          #expect((0...1).contains(estimate?.share ?? -1))
          #expect(estimate?.secondsLeft(elapsedSeconds: 3)?.seconds.isFinite != false)
        }
      }
    }
  }
}
