import EventLoop
import HTTP2
import RPC

extension Connection {
  private static let pingTime = Duration.seconds(2)

  /// Looks at everything that may take too long; once per tick of the context.
  func checkTimeouts(stalledLooks: Int) {
    let now = context.loop.now
    let limits = context.limits
    switch state {
    case .connecting, .closed:
      return
    case .lingering:
      if now - lingeringSince >= limits.lingerTime { close("the peer does not close") }
      return
    case .open:
      break
    }
    if isBlocked, now - blockedSince >= limits.stalledWriteTimeout {
      close("the peer does not read")
    } else if !hasSettings, now - openedAt >= limits.handshakeTimeout {
      close("no HTTP/2 preface and SETTINGS in time")
    } else if headerBlockStalls(now) {
      end(.protocolError, "a header block takes too long")
    } else {
      resetStalledStreams(stalledLooks)
      checkDrain(now)
      checkIdle(now)
    }
  }

  /// GOAWAY with a reason, then the end.
  private func end(_ code: HTTP2ErrorCode, _ reason: String) {
    session.terminate(code, debug: reason)
    requestFlush()
  }

  private func headerBlockStalls(_ now: MonotonicTime) -> Bool {
    guard session.isInHeaderBlock else {
      headerBlockSince = nil
      return false
    }
    let since = headerBlockSince ?? now
    headerBlockSince = since
    return now - since >= context.limits.headerBlockTimeout
  }

  private func resetStalledStreams(_ looks: Int) {
    for stream in streams where stream.isStalled(after: looks) { stream.reset(.cancel) }
  }

  /// A peer that does not answer the PING of a graceful shutdown is not waited for.
  private func checkDrain(_ now: MonotonicTime) {
    guard let drainingSince, !isDrainForced, now - drainingSince >= Self.pingTime else { return }
    isDrainForced = true
    session.finishGracefulShutdown()
    requestFlush()
  }

  private func checkIdle(_ now: MonotonicTime) {
    guard streams.isEmpty else { return }
    if !hasReleasedBuffers, hasSettings {
      hasReleasedBuffers = true
      session.releaseIdleBuffers()
      streams = []
    }
    if let timeout = context.limits.idleTimeout, now - idleSince >= timeout {
      beginGracefulShutdown()
    }
  }
}
