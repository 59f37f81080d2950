import EventLoop
import HTTP2
import RPC

extension Connection {
  /// The PING that asks for a sign of life: "keepaliv".
  private static let keepAlivePing: UInt64 = 0x6b65_6570_616c_6976

  /// Looks at everything that may take too long; once per tick of the context.
  ///
  /// - Parameters:
  ///   - stalledLooks: after how many looks without progress a stream is reset.
  ///   - unreadLooks: after how many a stream whose call reads nothing, if it must.
  func checkTimeouts(stalledLooks: Int, unreadLooks: Int) {
    account?.rest()
    var seen = ConnectionLife.Observation()
    seen.isInHeaderBlock = session.isInHeaderBlock
    seen.isEstablished = channel?.isEstablished ?? true
    seen.hasOutput = isBlocked || session.wantsWrite
    seen.bytesWritten = totals.bytesWritten
    seen.bytesRead = totals.bytesRead
    seen.isReading = isReading
    seen.keepAlive = context.keepAlive
    seen.hasFailed = session.failure != nil
    perform(life.looked(seen, at: context.loop.now, context.limits))
    guard life.phase != .closed else { return }
    noteIdle()
    lookAfterWindows()
    for stream in session.streams {
      let stream = unsafe unsafeDowncast(stream, to: ConnectionStream.self)
      let isStalled = stream.isStalled(
        after: stalledLooks, least: context.limits.leastProgressBytes)
      let isUnread = stream.isUnread(after: unreadLooks, isRead: !isThrottled)
      guard isStalled || isUnread else { continue }
      context.refusals.add(isStalled ? .stalledStream : .unreadStream)
      stream.reset(.cancel)
    }
    if session.resetAnswered(after: context.limits.unwantedBodyTime) { requestFlush() }
  }

  /// Performs what `life` decided.
  func perform(_ action: ConnectionLife.Action) {
    switch action {
    case .nothing:
      break
    case .close(let reason):
      close(reason)
    case .refuse(let refusal, let reason):
      context.refusals.add(refusal)
      close(reason)
    case .terminate(let code, let refusal, let reason):
      context.refusals.add(refusal)
      session.terminate(code, debug: reason)
      requestFlush()
    case .sendGoAway:
      session.beginGracefulShutdown()
      onGoAway?()
      requestFlush()
    case .sendPing:
      session.ping(Self.keepAlivePing)
      activity.keepAlivesSent += 1
      requestFlush()
    case .finishGoAway:
      session.finishGracefulShutdown()
      requestFlush()
    case .releaseBuffers:
      session.releaseIdleBuffers()
    }
  }
}
