#if Server
  import Dispatch
  import Foundation
  import QuireBatch
  import QuireEngine
  import QuireModelFiles
  import QuireRequests
  import QuireServer

  extension ServeCommand {
    /// Checks the options, loads the model, and answers until a signal comes.
    func serve() throws {
      StandardError.use(logging.format)
      // All that can be found wrong without the model is found before it loads.
      try server.check()
      try conversation.check()
      var settings = try sampling.settings()
      settings.state(\.structuredOutputs, try structure.constraint())
      let keys = APIKeys(try server.keys(APIKeys.keys(inText:)))
      let configuration = try engine.configuration(
        generationConfig: modelArguments.generationConfig, change: conversation.state(in:))
      var options = LiveEngine.Options()
      try conversation.state(in: &options.job)
      options.job.recognizesSpecialTokens = !rawPrompts.noSpecialTokens
      options.job.seed = sampling.seed
      options.requestLimit = min(configuration.maxNumSeqs, 1 << 20) + server.queueLimit
      options.bodyByteLimit = server.bodyByteLimit
      options.answerTime = server.requestTimeout.map { .seconds($0) }
      let directory = try openStateDirectory()
      Interruption.install()
      // A connection is an open file, beside those of the program itself.
      let fileLimit = OpenFileLimit.raise(to: server.connectionLimit + Self.ownFileCount)
      let connectionLimit = max(1, min(server.connectionLimit, fileLimit - Self.ownFileCount))
      if connectionLimit < server.connectionLimit {
        logging.log.info(
          "\(connectionLimit) connections at a time, since the process may have \(fileLimit) files open (ulimit -n)"
        )
      }
      let model = modelArguments.model
      let loaded = try Interruption.endingAtOnce({}) { () throws in
        try loadEngine(model: model, configuration, log: logging.log)
      }
      let context = loaded.context
      options.sampling = try settings.overDefaults(of: context, named: model)
      try conversation.check(context, named: model, isNeeded: options.job.system != nil)
      options.modelNames = server.modelNames.isEmpty ? names(of: context) : server.modelNames
      if keys == nil, !server.isLocal {
        logging.log.warning(
          "whoever reaches \(server.host) may use the server: give it keys with --api-key-file")
      }
      try listen(loaded, options, keys, directory, connectionLimit: connectionLimit)
    }

    private func openStateDirectory() throws(CommandError) -> StateDirectory? {
      guard let path = server.stateDirectory else { return nil }
      do throws(StateDirectory.Failure) {
        return try StateDirectory(path)
      } catch {
        throw CommandError(.outputUnusable, "--state-dir: \(error)")
      }
    }

    /// What requests may call a model that was given no names: its own, and what it was loaded by.
    private func names(of context: ModelContext) -> [String] {
      let asTyped = modelArguments.model
      return context.modelName == asTyped ? [asTyped] : [context.modelName, asTyped]
    }

    /// Files that the program may have open beside its connections.
    private static var ownFileCount: Int { 256 }

    private func listen(
      _ loaded: LLMEngine, _ options: LiveEngine.Options, _ keys: APIKeys?, _ directory: StateDirectory?,
      connectionLimit: Int
    ) throws {
      let start = Int(Date.now.timeIntervalSince1970)
      let metrics = ServerMetrics()
      loaded.observer = metrics.engineObserver
      let context = loaded.context
      let live = LiveEngine(
        context, driver: EngineDriver(engine: EngineBox(loaded), maxInFlight: 1), options: options,
        observer: metrics, optionDialect: CommandLineDialect())
      let log = logging.log
      let write = { @Sendable (line: LogLine) in
        let level: Log.Level =
          switch line.level {
          case .debug: .debug
          case .info: .info
          case .warning: .warning
          case .error: .error
          }
        if level >= log.level { StandardError.tell(line.message, level: level, fields: line.fields) }
      }
      let batches = try directory.map { try batchService($0, live, write) }
      var groups: [any RouteGroup] = [
        ServerFacts(version: QuireCommand.version), live, ModelRoutes(live, startSeconds: start),
        TokenRoutes(live), metrics, ChatPage(),
      ]
      if let batches { groups.append(batches) }
      let http = HTTPServer(
        groups, keys: keys, origins: CrossOrigin(origins: server.origins),
        options: httpOptions(connectionLimit),
        observe: metrics.observe, log: write)
      batches?.start()
      defer { batches?.stop() }
      let host = server.host.contains(":") ? "[\(server.host)]" : server.host
      let end = blocking {
        try await http.run(until: Self.signal) { port in log.info("listening on http://\(host):\(port)") }
      }
      do {
        try end.get()
      } catch {
        throw CommandError(.outputUnusable, "cannot serve at \(host):\(server.port): \(error)")
      }
    }

    private func batchService(
      _ directory: StateDirectory, _ live: LiveEngine, _ log: @escaping @Sendable (LogLine) -> Void
    ) throws(CommandError) -> BatchService {
      do throws(OptionError) {
        return try BatchService(
          directory, sharing: live, fileByteLimit: server.fileByteLimit, optionDialect: CommandLineDialect(),
          log: log)
      } catch {
        throw CommandError(.usage, error.message(in: CommandLineDialect()))
      }
    }

    private func httpOptions(_ connectionLimit: Int) -> HTTPServer.Options {
      var options = HTTPServer.Options()
      options.host = server.host
      options.port = server.port
      options.connectionLimit = connectionLimit
      options.gracePeriod = .seconds(server.shutdownTimeout)
      return options
    }

    /// Returns when a signal has come, or the task is cancelled.
    private static let signal: @Sendable () async -> Void = {
      while !Interruption.hasCome, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(50)) }
      if Interruption.hasCome {
        StandardError.tell(
          "\(Interruption.reason); answers under way may finish, and a second signal ends at once",
          level: .info)
      }
    }

    /// Runs asynchronous work and waits for it.
    private func blocking(_ body: @escaping @Sendable () async throws -> Void) -> Result<Void, any Error> {
      let done = DispatchSemaphore(value: 0)
      nonisolated(unsafe) var result: Result<Void, any Error> = .success(())
      Task.detached {
        do { try await body() } catch { result = .failure(error) }
        done.signal()
      }
      done.wait()
      return result
    }
  }
#endif
