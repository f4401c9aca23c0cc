/// Where a job stands.
public struct JobProgress: Equatable, Sendable {
  /// Lines whose answer is written, error lines left out.
  public var answeredLineCount = 0
  /// Error lines that are written.
  public var errorLineCount = 0
  /// Error lines by their code.
  public var errorLineCounts: [String: Int] = [:]
  /// Lines that were taken in and have no line in the output, since the job ended before.
  public var droppedLineCount = 0
  /// Prompt tokens of the answered lines.
  public var promptTokenCount = 0
  /// Output tokens of the answered lines.
  public var outputTokenCount = 0
  /// Lines of both kinds that earlier runs of the job wrote; the counts of lines and of their tokens include them.
  public var resumedLineCount = 0
  /// Output tokens of the lines that earlier runs answered.
  public var resumedOutputTokenCount = 0
  /// Bytes of the input's lines that earlier runs answered, as far as the input has been read.
  public var resumedByteCount = 0
  /// Output tokens that earlier runs drew for lines which they did not finish, and from which this run goes on.
  public var continuedTokenCount = 0
  /// Tokens generated in this run, those of unfinished lines included.
  public var generatedTokenCount = 0
  /// Lines that this run gave to the engine.
  public var begunLineCount = 0
  /// Lines among them with which the engine is not done.
  public var unfinishedLineCount = 0
  /// Prompt tokens of the lines that were given to the engine.
  public var begunPromptTokenCount = 0
  /// Output tokens of the same lines, at most, those of all samples and beams.
  public var begunOutputTokenLimit = 0
  /// Prompt tokens among `begunPromptTokenCount` that are in the cache: computed, or found there.
  public var computedPromptTokenCount = 0
  /// How often a sequence lost its cache blocks to another.
  public var preemptionCount = 0
  /// Whether keys or values of the model were too large for the numbers of the KV cache, and were stored as the greatest of
  /// them: with `dtype` float32 they would not be.
  public var hasSaturatedCache = false
  /// Lines being worked on.
  public var inFlightLineCount = 0
  /// Lines whose prompt begins with BOS and got another one.
  public var doubledBOSLineCount = 0
  /// Fields of OpenAI's bodies that lines have and that change no answer, as `user`.
  public var fieldsWithoutEffect: Set<String> = []
  /// Keys that lines carry as metadata and that may have been meant as parameters: the first few, each with the parameter
  /// it resembles.
  public var doubtfulKeys: Set<String> = []
  /// What is wrong with the first of the error lines, and where it stands; nil where there is none.
  public var firstError: String?
  /// Lines that are answered with the answers of an equal one, which was computed once.
  public var foldedLineCount = 0
  /// Lines whose answers an earlier run has kept.
  public var cachedLineCount = 0
  /// Bytes of the input read so far.
  public var consumedByteCount = 0
  /// What the job itself took of the time.
  public var times = JobTimes()

  /// A job of which nothing is done.
  package init() {}
}

/// The time of a job outside the engine.
///
/// Reading and writing mostly run beside the engine's steps, so that these times and the engine's may sum up to more than
/// the job took.
public struct JobTimes: Equatable, Sendable {
  /// Reading lines and making requests of them.
  public var input = Duration.zero
  /// What the engine's thread waited for lines.
  public var idle = Duration.zero
  /// What the engine's thread took to take lines in and hand answers over; with reading and writing where these have no
  /// threads of their own.
  public var handOver = Duration.zero
  /// Making and writing the lines of answers.
  public var output = Duration.zero

  /// A job of which nothing is done.
  package init() {}
}

/// How a job ended.
public enum JobEnd: String, Equatable, Sendable {
  /// Every input line has its output line.
  case complete
  /// More error lines than the job puts up with.
  case tooManyErrors = "too_many_errors"
  /// It was asked to end before.
  case interrupted

  /// What a run's records call the end of a job; nil is one that failed.
  package static func name(_ end: JobEnd?) -> String { end?.rawValue ?? "failed" }
}
