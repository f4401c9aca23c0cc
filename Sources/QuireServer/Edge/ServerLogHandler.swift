#if Server
  import Logging

  /// Hands swift-log's lines to whoever writes the log.
  struct ServerLogHandler: LogHandler {
    let write: @Sendable (LogLine) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level

    init(level: LogLine.Level, write: @escaping @Sendable (LogLine) -> Void) {
      self.write = write
      logLevel = Logger.Level(level)
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let level: LogLine.Level =
        switch event.level {
        case .trace, .debug: .debug
        case .info, .notice: .info
        case .warning: .warning
        case .error, .critical: .error
        }
      // Fields that were given together stand in the order of their numbers; the library's own are of no use here.
      let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }
      write(
        LogLine(level, event.message.description, fields: fields.map { ($0.key, $0.value.description) }))
    }
  }

  extension Logger.Level {
    init(_ level: LogLine.Level) {
      self =
        switch level {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }
  }
#endif
