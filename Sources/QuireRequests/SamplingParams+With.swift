extension SamplingParams {
  /// vLLM's defaults with some fields changed: `SamplingParams { $0.temperature = 0 }`.
  public init(_ change: (inout SamplingParams) -> Void) {
    self.init()
    change(&self)
  }

  /// A copy with some fields changed: `params.with { $0.seed = 7 }`.
  public func with(_ change: (inout SamplingParams) -> Void) -> SamplingParams {
    var result = self
    change(&result)
    return result
  }
}
