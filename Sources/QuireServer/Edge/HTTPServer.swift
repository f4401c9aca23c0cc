#if Server
  import Hummingbird
  import Logging
  import NIOCore
  import ServiceLifecycle

  /// The server on its socket.
  package struct HTTPServer: Sendable {
    /// Where it listens, and what a connection may cost.
    package struct Options: Sendable {
      /// The name or address of the interface.
      package var host = "127.0.0.1"
      /// The port; 0 for any that is free.
      package var port = 8000
      /// The most connections at a time; further ones wait to be accepted.
      package var connectionLimit = 1024
      /// How long a connection may be silent while nothing is being answered on it: before a request's head has come, or
      /// within its body.
      package var idleTime = Duration.seconds(30)
      /// How long a client may take nothing of an answer.
      package var stallTime = Duration.seconds(30)
      /// How long answers under way may go on once the server is to end.
      package var gracePeriod = Duration.seconds(30)
      /// The lowest level that is logged.
      package var logLevel = LogLine.Level.info

      /// A server on the loopback interface.
      package init() {}
    }

    private let handler: RequestHandler
    private let options: Options
    private let logger: Logger

    /// A server that does not listen yet.
    ///
    /// - Parameters:
    ///   - groups: what it answers.
    ///   - keys: of which a request has to bring one; nil for none.
    ///   - observe: told of each request that was answered.
    ///   - log: takes the lines of the log.
    package init(
      _ groups: [any RouteGroup], keys: APIKeys? = nil, origins: CrossOrigin = CrossOrigin(),
      options: Options,
      observe: @escaping @Sendable (AnsweredRequest) -> Void = { _ in },
      log: @escaping @Sendable (LogLine) -> Void
    ) {
      let logger = Logger(label: "quire.server") { _ in ServerLogHandler(level: options.logLevel, write: log)
      }
      handler = RequestHandler(groups, keys: keys, origins: origins) { answered in
        observe(answered)
        let line = answered.logLine
        logger.log(
          level: Logger.Level(line.level), "\(line.message)",
          metadata: Logger.Metadata(
            uniqueKeysWithValues: line.fields.map { ($0.name, Logger.MetadataValue.string($0.value)) }))
      }
      self.options = options
      self.logger = logger
    }

    /// Listens and answers until `end` returns and answers under way have ended, or the grace period is over.
    ///
    /// - Parameters:
    ///   - end: returns when the server is to end, or its task is cancelled.
    ///   - started: told the port, once the server listens.
    /// - Throws: where it cannot listen.
    package func run(
      until end: @escaping @Sendable () async -> Void, started: @escaping @Sendable (_ port: Int) -> Void
    ) async throws {
      let connections = ConnectionTable()
      let stallTime = TimeAmount(options.stallTime)
      // Hummingbird tells of each start and stop itself, in words of its own.
      var quiet = logger
      quiet.logLevel = max(.warning, quiet.logLevel)
      let application = Application(
        responder: HTTPEdge(handler: handler, connections: connections),
        server: .http1(
          configuration: .init(
            additionalChannelHandlers: [ConnectionWatch(connections, stallTime: stallTime)],
            idleTimeout: TimeAmount(options.idleTime))),
        configuration: ApplicationConfiguration(
          address: .hostname(options.host, port: options.port), serverName: "quire", backlog: 1024,
          availableConnectionsDelegate: .maximum(options.connectionLimit, logger: quiet)),
        onServerRunning: { channel in started(channel.localAddress?.port ?? 0) },
        logger: quiet)
      var configuration = ServiceGroupConfiguration(services: [application], logger: quiet)
      configuration.maximumGracefulShutdownDuration = options.gracePeriod
      let group = ServiceGroup(configuration: configuration)
      let ending = Task {
        await end()
        await group.triggerGracefulShutdown()
      }
      defer { ending.cancel() }
      try await group.run()
    }
  }
#endif
