import EventLoop
import HTTP2

extension ConnectionLife {
  /// What time has done since the last look.
  mutating func looked(
    _ sight: Sight, at now: MonotonicTime, _ limits: ConnectionLimits
  ) -> Action {
    switch phase {
    case .connecting, .closed:
      return .nothing
    case .lingering:
      return hasLasted(limits.lingerTime, now) ? .close("the peer does not close") : .nothing
    case .handshake, .serving, .draining, .failed:
      break
    }
    if stalls(sight, now, limits.stalledWriteTimeout) { return .close("the peer does not read") }
    if sight.hasFailed || phase == .failed { return failedOutput(now, limits) }
    if !hasSettings, now - openedAt >= limits.handshakeTimeout {
      return .close(Self.handshakeReason(isEstablished: sight.isEstablished))
    }
    if headerBlockStalls(sight, now, limits.headerBlockTimeout) {
      return .terminate(.protocolError, "a header block takes too long")
    }
    return phase == .draining ? drain(now) : idle(now, limits)
  }

  private func hasLasted(_ duration: Duration, _ now: MonotonicTime) -> Bool {
    now - phaseBegan >= duration
  }

  /// The last words may take as long as a stall, slow reader or not.
  private mutating func failedOutput(_ now: MonotonicTime, _ limits: ConnectionLimits) -> Action {
    sessionFailed(at: now)
    return hasLasted(limits.stalledWriteTimeout, now)
      ? .close("the session has failed") : .nothing
  }

  private mutating func stalls(
    _ sight: Sight, _ now: MonotonicTime, _ timeout: Duration
  ) -> Bool {
    guard sight.hasOutput, sight.bytesWritten == writtenAtLastLook else {
      writtenAtLastLook = sight.bytesWritten
      stalledSince = nil
      return false
    }
    let since = stalledSince ?? now
    stalledSince = since
    return now - since >= timeout
  }

  private mutating func headerBlockStalls(
    _ sight: Sight, _ now: MonotonicTime, _ timeout: Duration
  ) -> Bool {
    guard sight.isInHeaderBlock else {
      headerBlockSince = nil
      return false
    }
    let since = headerBlockSince ?? now
    headerBlockSince = since
    return now - since >= timeout
  }

  private mutating func drain(_ now: MonotonicTime) -> Action {
    guard !isDrainFinished, hasLasted(Self.pingTime, now) else { return .nothing }
    isDrainFinished = true
    return .finishGoAway
  }

  private mutating func idle(_ now: MonotonicTime, _ limits: ConnectionLimits) -> Action {
    guard calls == 0, hasSettings else { return .nothing }
    if let patience = isUsed ? limits.idleTimeout : limits.unusedTimeout ?? limits.idleTimeout,
      now - idleSince >= patience
    {
      return shutdownWanted(at: now) ? .sendGoAway : .nothing
    }
    guard !hasReleasedBuffers else { return .nothing }
    hasReleasedBuffers = true
    return .releaseBuffers
  }
}
