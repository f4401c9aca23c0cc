package import QuireRequests
import QuireScheduling

extension ModelContext {
  /// What tells whether an engine of this model could ever run a request.
  package var admission: RequestAdmission { RequestAdmission(scheduler: schedulerConfiguration) }

  /// How an engine of this model schedules.
  var schedulerConfiguration: SchedulerConfiguration {
    SchedulerConfiguration(
      maxNumSeqs: configuration.maxNumSeqs, maxNumBatchedTokens: configuration.maxNumBatchedTokens,
      blockSize: configuration.blockSize, blockCount: kvCachePlan.blockCount,
      enableChunkedPrefill: configuration.enableChunkedPrefill,
      enablePrefixCaching: configuration.enablePrefixCaching, groups: BlockGroups(kvCachePlan.layerGroups),
      sparesUntouchedBlocks: configuration.kvCacheMemory == nil)
  }
}

/// What tells whether an engine could ever run a request: its cache and its steps, not what is in them now.
///
/// A value, for any thread: what it admits, `LLMEngine.add` takes.
package struct RequestAdmission: Sendable {
  private let scheduler: SchedulerConfiguration

  init(scheduler: SchedulerConfiguration) { self.scheduler = scheduler }

  /// Throws `RequestError` where cache or step could never hold the request.
  package func check(_ request: PreparedRequest) throws(RequestError) {
    do throws(SchedulerRefusal) {
      try scheduler.checkFits(
        promptTokenCount: request.promptTokenIDs.count, outputTokenLimit: request.outputTokenLimit,
        beamWidth: request.params.beamWidth, turnsBack: request.scoring != nil)
    } catch {
      throw RequestError(scheduler: error, of: request)
    }
  }
}
