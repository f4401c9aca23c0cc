/// What a simulation counts, and what it knows of requests that are still to come and of sequences under way.
extension ScheduleSimulation {
  /// What happened, to tell whether the cases were worth something.
  struct Counts {
    var steps = 0
    var preemptions = 0
    var beamPreemptions = 0
    /// Waiting forks that lost their prompt's blocks.
    var releases = 0
    var forks = 0
    var copies = 0
    /// Tokens that were found in the prefix cache.
    var hits = 0
    /// Those of sequences that had been preempted.
    var resumedHits = 0
    /// Those that an earlier sequence of the same step computed.
    var sameStepHits = 0
    /// Those that were found in several groups of layers, some with a window.
    var groupedHits = 0
    /// Sequences longer than the whole cache would hold if nothing were given up.
    var longSequences = 0
    /// Those of them whose groups see all, some of them.
    var longGroupedSequences = 0
    /// Table entries that were given up, once a step each.
    var vacatedEntries = 0
    /// Sequences that lost their blocks in a step that admitted an urgent one.
    var urgentPreemptions = 0
    /// Drafts that were computed, and those of them that were right.
    var drafts = 0
    var rightDrafts = 0
    /// Sequences that went back and on with other tokens.
    var turns = 0

    static func += (sum: inout Counts, other: Counts) {
      sum.steps += other.steps
      sum.preemptions += other.preemptions
      sum.beamPreemptions += other.beamPreemptions
      sum.releases += other.releases
      sum.forks += other.forks
      sum.copies += other.copies
      sum.hits += other.hits
      sum.resumedHits += other.resumedHits
      sum.sameStepHits += other.sameStepHits
      sum.groupedHits += other.groupedHits
      sum.longSequences += other.longSequences
      sum.longGroupedSequences += other.longGroupedSequences
      sum.vacatedEntries += other.vacatedEntries
      sum.urgentPreemptions += other.urgentPreemptions
      sum.drafts += other.drafts
      sum.rightDrafts += other.rightDrafts
      sum.turns += other.turns
    }
  }

  struct Arrival {
    var prompt: [Int32]
    var outputTokenLimit: Int
    var sampleCount: Int
    var beamWidth: Int
    var readsPrefixCache: Bool
    var isUrgent = false
    /// How often the sequence goes back to where its ways part; nil for one that goes on.
    var turnCount: Int?
    /// How many of its first tokens may be found in the cache, where it turns back.
    var prefixTokenLimit = Int.max

    var promptTokenCount: Int { prompt.count }
  }

  struct Progress {
    let arrival: Arrival
    /// The tags of prompt and output, of the sample or of each beam.
    var lines: [[Int]]
    /// Number of output tokens after which the sequence says that it is finished.
    let outputTokenCount: Int
    /// Whether it has not run since it was forked.
    var isFresh = false
    var wasPreempted = false
    /// How often it has turned.
    var turnCount = 0
  }
}
