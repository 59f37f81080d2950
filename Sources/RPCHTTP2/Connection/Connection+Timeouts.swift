import EventLoop
import HTTP2
import RPC

extension Connection {
  /// The PING that asks for a sign of life: "keepaliv".
  private static let keepAlivePing: UInt64 = 0x6b65_6570_616c_6976

  /// Looks at everything that may take too long; once per tick of the context.
  func checkTimeouts() {
    account?.rest()
    let now = context.loop.now
    var seen = ConnectionLife.Observation()
    seen.isInHeaderBlock = session.isInHeaderBlock
    seen.isEstablished = channel?.isEstablished ?? true
    seen.hasOutput = isBlocked || session.wantsWrite
    if seen.hasOutput {
      seen.bytesTaken = totals.bytesWritten - (channel?.unacknowledgedBytes ?? 0)
    }
    seen.bytesRead = totals.bytesRead
    seen.isReading = isReading
    seen.lostTrust = channel?.lostTrust
    seen.keepAlive = context.keepAlive
    seen.hasFailed = session.failure != nil
    perform(life.looked(seen, at: now, context.limits))
    guard life.phase != .closed else { return }
    noteIdle()
    if let last = activity.lastStreamAt, now - last >= Self.restTime { forgetLastRequest() }
    lookAfterWindows()
    let watchedTime = context.watchedTime
    for stream in session.streams {
      let stream = unsafe unsafeDowncast(stream, to: ConnectionStream.self)
      let isStalled = stream.isStalled(at: watchedTime, context.limits)
      let isUnread = stream.isUnread(at: watchedTime, context.limits)
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
      forgetLastRequest()
    }
  }

  /// After so long without a new stream, the next one may well be another client's, and what is kept
  /// of the last one costs more than it saves, although an old stream may go on.
  private static let restTime = Duration.seconds(1)

  private func forgetLastRequest() {
    session.forgetHeaders()
    admissionNote = nil
  }
}
