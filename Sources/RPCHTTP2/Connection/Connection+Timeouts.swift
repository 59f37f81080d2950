import EventLoop
import HTTP2
import RPC

extension Connection {
  /// Looks at everything that may take too long; once per tick of the context.
  ///
  /// - Parameter stalledLooks: after how many looks without progress a stream is reset.
  func checkTimeouts(stalledLooks: Int) {
    account?.rest()
    var sight = ConnectionLife.Sight()
    sight.isInHeaderBlock = session.isInHeaderBlock
    sight.isEstablished = channel?.isEstablished ?? true
    sight.hasOutput = isBlocked || session.wantsWrite
    sight.bytesWritten = bytesWritten
    sight.hasFailed = session.failure != nil
    let action = life.looked(sight, at: context.loop.now, context.limits)
    noteIdle()
    switch action {
    case .nothing:
      break
    case .close(let reason):
      return close(reason)
    case .terminate(let code, let reason):
      session.terminate(code, debug: reason)
      requestFlush()
    case .sendGoAway:
      session.beginGracefulShutdown()
      requestFlush()
    case .finishGoAway:
      session.finishGracefulShutdown()
      requestFlush()
    case .releaseBuffers:
      session.releaseIdleBuffers()
      streams = []
    }
    for stream in streams where stream.isStalled(after: stalledLooks) { stream.reset(.cancel) }
    if session.resetAnswered(after: context.limits.unwantedBodyTime) { requestFlush() }
  }
}
