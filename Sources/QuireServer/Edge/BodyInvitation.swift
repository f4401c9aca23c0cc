#if Server
  import NIOCore

  /// Tells a client that waits for it to send a request's body: the interim answer `100 Continue` (RFC 9110, section 10.1.1).
  ///
  /// Stands between the socket and what writes answers, since an interim answer is not to end what is known of the one that
  /// follows.
  final class BodyInvitation: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    /// Asks for the interim answer; sent down the pipeline.
    struct Event: Sendable {}

    func triggerUserOutboundEvent(
      context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
    ) {
      guard event is Event else { return context.triggerUserOutboundEvent(event, promise: promise) }
      let line = context.channel.allocator.buffer(string: "HTTP/1.1 100 Continue\r\n\r\n")
      context.writeAndFlush(wrapOutboundOut(.byteBuffer(line)), promise: promise)
    }
  }
#endif
