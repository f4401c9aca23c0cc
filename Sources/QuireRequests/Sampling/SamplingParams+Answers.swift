extension SamplingParams {
  /// Number of answers that are generated, of which `n` are returned.
  private var generatedCount: Int { bestOf ?? n }

  /// Number of answers that are drawn independently; 1 for a beam search.
  package var sampleCount: Int { useBeamSearch ? 1 : generatedCount }

  /// Number of beams; 1 without a beam search.
  package var beamWidth: Int { useBeamSearch ? generatedCount : 1 }

  /// Whether the answers are the most likely of those that were drawn, the most likely first.
  package var ranksSamples: Bool { bestOf != nil && !useBeamSearch }
}
