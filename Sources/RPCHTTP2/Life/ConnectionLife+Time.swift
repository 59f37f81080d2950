import EventLoop
import HTTP2
import RPC

extension ConnectionLife {
  /// Time has passed: finds the timeout that is over, if any.
  mutating func looked(
    _ seen: Observation, at now: MonotonicTime, _ limits: ConnectionLimits
  ) -> Action {
    switch phase {
    case .connecting, .closed:
      return .nothing
    case .lingering:
      return hasLasted(limits.lingerTime, now) ? .close("the peer does not close") : .nothing
    case .handshake, .serving, .draining, .failed:
      break
    }
    if outputWatch.isStuck(
      seen.hasOutput, moved: seen.bytesTaken, least: limits.leastProgressBytes,
      for: limits.stalledWriteTimeout, at: now)
    {
      return .refuse(.stalledConnection, "the peer does not read")
    }
    if seen.hasFailed || phase == .failed { return failedOutput(now, limits) }
    if !hasSettings, now - openedAt >= limits.handshakeTimeout {
      return .refuse(
        .handshakeTimeout, Self.handshakeReason(isEstablished: seen.isEstablished))
    }
    if headerBlockStalls(seen, now, limits.headerBlockTimeout) {
      return .terminate(
        .protocolError, .headerBlockTimeout, "a header block takes too long")
    }
    switch keepAlive(seen, now) {
    case .nothing: break
    case .pingIsDue: return .sendPing
    case .peerIsGone: return .close("the peer does not answer PING")
    }
    if let reason = seen.lostTrust, let action = distrust(reason, now, limits) { return action }
    if let action = age(now, limits.age) { return action }
    return phase == .draining ? drain(now) : idle(now, limits)
  }

  private mutating func keepAlive(
    _ seen: Observation, _ now: MonotonicTime
  ) -> KeepAliveWatch.Finding {
    guard let limits = seen.keepAlive else { return .nothing }
    let asks = role == .server || calls > 0 || limits.withoutCalls
    let seen = KeepAliveWatch.Observation(
      bytesRead: seen.bytesRead, isReading: seen.isReading, asks: hasSettings && asks)
    return keepAliveWatch.looked(seen, at: now, limits)
  }

  /// Servers: GOAWAY at the age of `limits`, and the end when its grace time is over.
  private mutating func age(_ now: MonotonicTime, _ limits: ConnectionAge?) -> Action? {
    guard let limits, role == .server else { return nil }
    if phase == .draining {
      guard isTooOld, let grace = limits.grace, hasLasted(grace, now) else { return nil }
      return .close("the grace time of its age is over")
    }
    guard now - openedAt >= limits.maximum * ageFactor, shutdownWanted(at: now) else { return nil }
    isTooOld = true
    return .sendGoAway
  }

  /// The peer's certificate has lost its worth: GOAWAY, and the end when the grace time is over.
  private mutating func distrust(
    _ reason: String, _ now: MonotonicTime, _ limits: ConnectionLimits
  ) -> Action? {
    if phase == .draining, isDistrusted {
      return hasLasted(limits.graceTime, now) ? .close(reason) : nil
    }
    isDistrusted = true
    return shutdownWanted(at: now) ? .sendGoAway : nil
  }

  private func hasLasted(_ duration: Duration, _ now: MonotonicTime) -> Bool {
    now - phaseBegan >= duration
  }

  /// The last output may take as long as a stall may last, however slowly the peer reads.
  private mutating func failedOutput(_ now: MonotonicTime, _ limits: ConnectionLimits) -> Action {
    sessionFailed(at: now)
    return hasLasted(limits.stalledWriteTimeout, now)
      ? .close("the session has failed") : .nothing
  }

  private mutating func headerBlockStalls(
    _ seen: Observation, _ now: MonotonicTime, _ timeout: Duration
  ) -> Bool {
    guard seen.isInHeaderBlock else {
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
