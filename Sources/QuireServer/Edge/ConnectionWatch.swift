#if Server
  import NIOCore
  import Synchronization

  /// Watches one connection: tells when its client leaves, and closes it where the client takes nothing of what is sent.
  final class ConnectionWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Never

    private let table: ConnectionTable
    private let stallTime: TimeAmount
    private var client: ClientConnection?
    private var stall: Scheduled<Void>?

    /// - Parameters:
    ///   - table: where those who answer find the connection.
    ///   - stallTime: how long a client may take nothing, once as much waits for it as the connection holds.
    init(_ table: ConnectionTable, stallTime: TimeAmount) {
      self.table = table
      self.stallTime = stallTime
    }

    func handlerAdded(context: ChannelHandlerContext) {
      client = table.enter(context.channel)
      // Fails on a connection that has been closed.
      try? context.pipeline.syncOperations.addHandler(BodyInvitation(), position: .first)
    }

    func handlerRemoved(context: ChannelHandlerContext) { leave(context) }

    func channelInactive(context: ChannelHandlerContext) {
      leave(context)
      context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if event as? ChannelEvent == .inputClosed { client?.leave() }
      context.fireUserInboundEventTriggered(event)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
      stall?.cancel()
      stall = nil
      if !context.channel.isWritable {
        let channel = context.channel
        stall = context.eventLoop.scheduleTask(in: stallTime) { channel.close(promise: nil) }
      }
      context.fireChannelWritabilityChanged()
    }

    private func leave(_ context: ChannelHandlerContext) {
      stall?.cancel()
      stall = nil
      table.remove(context.channel)
      client?.leave()
    }
  }

  /// The connections that are open.
  final class ConnectionTable: Sendable {
    private let connections = Mutex<[ObjectIdentifier: ClientConnection]>([:])

    func enter(_ channel: any Channel) -> ClientConnection {
      let client = ClientConnection(address: channel.remoteAddress?.ipAddress ?? "")
      connections.withLock { $0[ObjectIdentifier(channel)] = client }
      return client
    }

    func remove(_ channel: any Channel) { connections.withLock { $0[ObjectIdentifier(channel)] = nil } }

    /// The connection of a channel; one whose client is gone where it has been closed.
    subscript(_ channel: any Channel) -> ClientConnection {
      if let client = connections.withLock({ $0[ObjectIdentifier(channel)] }) { return client }
      let gone = ClientConnection()
      gone.leave()
      return gone
    }
  }
#endif
