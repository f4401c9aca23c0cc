import QuireJSON
import QuireOpenAI
package import QuireRequests
import Synchronization

/// Keys of native lines that are no parameters and were probably meant to be: as metadata they would be without effect,
/// and nobody would know.
package final class NearKeys: Sendable {
  /// What a key is, beside a name of the job's own.
  package enum Verdict: Equatable, Sendable {
    /// A word of its own, which nobody meant as a parameter.
    case unrelated
    /// Perhaps a slip for this name; the line is answered.
    case resembles(String)
    /// This name in another spelling, or another engine's name for it.
    case means(String)
    /// Another engine's parameter that has no counterpart here.
    case hasNoCounterpart

    /// The name that was probably meant.
    package var name: String? {
      switch self {
      case .resembles(let name), .means(let name): name
      case .unrelated, .hasNoCounterpart: nil
      }
    }
  }

  /// Whether such keys make error lines; else they are carried along.
  private let isStrict: Bool
  /// What errors call the option that carries them along.
  private let optionName: String
  /// The keys of a file recur in each of its lines.
  private let verdicts = Mutex<[String: Verdict]>([:])

  private static let rememberedKeyLimit = 1024
  /// Shorter names are near to many words, as `stop` is to `step`.
  private static let leastLength = 6

  /// - Parameters:
  ///   - isStrict: whether such keys make error lines.
  ///   - optionDialect: what names the option in errors.
  package init(isStrict: Bool = true, optionDialect: any ErrorDialect = SwiftDialect()) {
    self.isStrict = isStrict
    optionName = optionDialect.name(of: .option(.strictFields))
  }

  /// Looks at the keys that a line would carry as metadata.
  ///
  /// - Returns: what to warn of, as `temprture (temperature)`.
  /// - Throws: for the first key that was meant to be a parameter.
  func check(_ members: [JSONView.Member]) throws(InputError) -> Set<String> {
    guard isStrict else { return [] }
    var doubtful: Set<String> = []
    for member in members where !member.isKeyCut {
      let key = member.key
      switch verdict(of: key) {
      case .unrelated: continue
      case .resembles(let name): doubtful.insert("\(Excerpt.bare(key)) (\(name))")
      case .means(let name): throw error(key, "which means nothing here, expected \(name)")
      case .hasNoCounterpart:
        throw error(key, "another engine's parameter without a counterpart here, expected none")
      }
    }
    return doubtful
  }

  private func error(_ key: String, _ finding: String) -> InputError {
    InputError(
      .unknownField,
      "found \(Excerpt.quoted(key)), \(finding); or carry it along as metadata with \(optionName) off",
      param: key)
  }

  private func verdict(of key: String) -> Verdict {
    verdicts.withLock { known in
      if let verdict = known[key] { return verdict }
      let verdict = Self.judge(key)
      if known.count < Self.rememberedKeyLimit { known[key] = verdict }
      return verdict
    }
  }

  /// What a key is. Names of the job's own are unrelated: they stand where they have no effect.
  package static func judge(_ key: String) -> Verdict {
    guard !names.contains(where: { $0.name == key }) else { return .unrelated }
    let folded = Spelling.folded(key)
    if let name = names.first(where: { $0.folded == folded }) { return .means(name.name) }
    if let alias = EngineAliases.folded[folded] { return alias.map { .means($0) } ?? .hasNoCounterpart }
    guard folded.count >= leastLength else { return .unrelated }
    var nearest: (distance: Int, name: String)?
    for name in names where name.folded.count >= leastLength && abs(name.folded.count - folded.count) <= 2 {
      let distance = Spelling.distance(folded, name.folded)
      if distance < nearest?.distance ?? 3 { nearest = (distance, name.name) }
    }
    guard let nearest else { return .unrelated }
    return nearest.distance == 1 ? .means(nearest.name) : .resembles(nearest.name)
  }

  /// The parameters, and the other names of native lines that are nobody's column of data.
  private static let names: [(name: String, folded: [UInt8])] =
    (SamplingField.allCases.map(\.rawValue) + [
      "sampling_params", "prompt_token_ids", "history_length", "chat_template_kwargs", "reasoning_effort",
      "continue_final_message", "add_generation_prompt",
    ]).map { ($0, Spelling.folded($0)) }
}

extension NearKeys: Equatable {
  package static func == (a: NearKeys, b: NearKeys) -> Bool {
    a.isStrict == b.isStrict && a.optionName == b.optionName
  }
}

/// What other engines call parameters. `docs/batch-jobs.md` has the same table.
enum EngineAliases {
  /// By their own spelling: the name here; nil where there is none.
  static let all: [(aliases: [String], name: String?)] = [
    (
      [
        "max_new_tokens", "max_completion_tokens", "max_output_tokens", "max_tokens_to_sample",
        "max_generated_tokens", "max_gen_len", "max_length", "n_predict", "num_predict",
      ], "max_tokens"
    ),
    (["min_new_tokens", "min_length"], "min_tokens"),
    (["do_sample"], "temperature"),
    (["stop_sequences", "stop_sequence", "stop_strings", "stop_words", "stop_str"], "stop"),
    (["eos_token_id", "eos_token_ids", "stop_tokens"], "stop_token_ids"),
    (["num_return_sequences", "candidate_count"], "n"),
    (["num_beams", "beam_width", "beam_size"], "best_of and use_beam_search"),
    (["repeat_penalty", "repetition_penalty_range"], "repetition_penalty"),
    (["random_seed", "sampling_seed", "rng_seed"], "seed"),
    (["bad_words_ids", "suppress_tokens"], "bad_words or logit_bias"),
    (["return_logprobs", "output_logprobs", "n_probs", "top_logprobs", "top_n_tokens"], "logprobs"),
    (
      [
        "response_format", "guided_json", "guided_regex", "guided_choice", "guided_grammar",
        "guided_decoding",
      ], "structured_outputs"
    ),
    (["reasoning_budget", "thinking_budget"], "thinking_token_budget"),
    (
      [
        "typical_p", "tfs_z", "top_a", "epsilon_cutoff", "eta_cutoff", "mirostat", "mirostat_tau",
        "mirostat_eta", "xtc_probability", "xtc_threshold", "dry_multiplier", "dynatemp_range",
        "no_repeat_ngram_size", "encoder_repetition_penalty", "penalty_alpha", "guidance_scale",
      ], nil
    ),
  ]

  /// By what their spellings have in common.
  static let folded: [[UInt8]: String?] = Dictionary(
    uniqueKeysWithValues: all.flatMap { row in row.aliases.map { (Spelling.folded($0), row.name) } })
}
