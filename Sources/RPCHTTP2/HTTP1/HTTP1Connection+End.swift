import EventLoop
import HTTP1
import RPC

extension HTTP1Connection {
  /// Looks at everything that may take too long; once per tick of the context.
  func checkTimeouts() {
    account?.rest()
    let now = context.loop.now
    let limits = context.limits
    switch phase {
    case .closed: break
    case .lingering:
      if now - phaseBegan >= limits.lingerTime { close("the peer does not close") }
    case .serving:
      if isStalled(now) {
        context.refusals.add(.stalledConnection)
        return close("the peer does not read")
      }
      if isQuietForNobody() { return close("the peer has ended its half, and no answer comes") }
      if let reason = ageEnds(now) { return close(reason) }
      if let reason = distrustEnds(now) { return close(reason) }
      if isHeadLate(now) { return refuseLateHead() }
      if isUnread() {
        context.refusals.add(.unreadStream)
        stream?.reset(.cancel)
      }
      if isAtRest { admissionNote = nil }
      if let patience = limits.idleTimeout, isAtRest, now - idleSince >= patience { linger("idle") }
    }
  }

  /// Without a request, and not even the beginning of one.
  private var isAtRest: Bool { stream == nil && parser.isBetweenRequests && !isEnding }

  private var hasWaitingOutput: Bool { isBlocked || hasOutput }
  private var bytesTaken: Int { totals.bytesWritten - channel.unacknowledgedBytes }

  private func isStalled(_ now: MonotonicTime) -> Bool {
    outputWatch.isStuck(
      hasWaitingOutput, moved: hasWaitingOutput ? bytesTaken : 0,
      least: context.limits.leastProgressBytes, for: context.limits.stalledWriteTimeout, at: now)
  }

  /// Whether the call takes none of the bytes for which the connection is not read any more. Those
  /// that wait here follow when it takes some.
  private func isUnread() -> Bool {
    readerWatch.isStuck(
      isThrottled && stream?.heldBytes ?? 0 > 0, moved: takenBytes,
      for: context.limits.unreadTimeout, at: context.watchedTime)
  }

  /// Whether nothing comes of an answer that has begun, for a peer that has ended its half. It may
  /// be gone: it would be found out by the next bytes.
  private func isQuietForNobody() -> Bool {
    quietWatch.isStuck(
      peerHasEnded && stream != nil && hasWrittenHead, moved: totals.bytesWritten,
      for: context.limits.stalledWriteTimeout, at: context.watchedTime)
  }

  private func isHeadLate(_ now: MonotonicTime) -> Bool {
    guard let since = headSince else { return false }
    guard isReading else {
      // The rest may have come.
      headSince = now
      return false
    }
    let isFirst = totals.streamsOpened == 0
    let patience = isFirst ? context.limits.handshakeTimeout : context.limits.headerBlockTimeout
    return now - since >= patience
  }

  private func refuseLateHead() {
    context.refusals.add(totals.streamsOpened == 0 ? .handshakeTimeout : .headerBlockTimeout)
    let text = stream == nil ? "a request head takes too long" : "trailers take too long"
    end(with: HTTP1ResponseEncoder.lastAnswer(408, text, Self.seconds), text)
  }

  /// Begins the drain at the age of the limits.
  ///
  /// - Returns: why the connection ends now; nil when it goes on.
  private func ageEnds(_ now: MonotonicTime) -> String? {
    guard let age = context.limits.age else { return nil }
    if isTooOld, let drainBegan, let grace = age.grace, now - drainBegan >= grace {
      return "the grace time of its age is over"
    }
    if !isDraining, now - acceptedAt >= age.maximum * ageFactor {
      isTooOld = true
      beginGracefulShutdown()
    }
    return nil
  }

  /// Begins the drain when the peer's certificate has lost its worth.
  ///
  /// - Returns: why the connection ends now; nil when it goes on.
  private func distrustEnds(_ now: MonotonicTime) -> String? {
    guard let reason = channel.lostTrust else { return nil }
    if let drainBegan, now - drainBegan >= context.limits.graceTime { return reason }
    beginGracefulShutdown()
    return nil
  }

  /// The request in hand is answered, and no other one taken; one whose head has begun is in hand.
  func beginGracefulShutdown() {
    guard phase == .serving, !isDraining else { return }
    isDraining = true
    drainBegan = context.loop.now
    noteIdle()
    if isAtRest { linger("shut down") }
  }

  /// Makes room for another one.
  func makeWay() { close("made room for another connection") }

  /// Writes a last answer, in place of the call's if there is one, and ends the connection.
  func end(with answer: [UInt8], _ reason: String) {
    // Behind bytes that are not taken no answer helps. In the middle of the call's answer all that
    // can be said is that it is not whole.
    guard !isBlocked, stream == nil || !hasWrittenHead else { return close(reason) }
    endStream(.connectionLost(reason))
    do {
      countWritten(try output.write(answer, to: channel))
      linger(reason)
    } catch {
      close(error.description)
    }
  }

  /// Ends the sending half after the last byte, and waits for the peer to close: closing with
  /// unread input would reset the connection, and the peer would lose the last bytes.
  func linger(_ reason: String) {
    guard phase == .serving, !isEnding else { return }
    isEnding = true
    closeReason = reason
    endStream(.connectionLost(reason))
    pending = []
    noteHeld()
    noteIdle()
    lingerOnceWritten()
    updateInterest()
  }

  /// The patience for the peer's end begins when it has taken everything.
  func lingerOnceWritten() {
    guard !isBlocked else { return }
    phase = .lingering
    phaseBegan = context.loop.now
    if peerHasEnded { return close(closeReason) }
    do {
      try output.end(channel)
      updateInterest()
      readPendingInput()
    } catch {
      close(error.description)
    }
  }

  /// Ends the connection at once.
  func close(_ reason: String) {
    guard phase != .closed else { return }
    phase = .closed
    if closeReason.isEmpty { closeReason = reason }
    channel.close()
    context.counters.closed.add(1)
    output.drop()
    endStream(.connectionLost(closeReason))
    pending = []
    noteHeld()
    context.forget(self)
    if account != nil { context.hostAccounts?.closed(origin) }
    onClose(peer, closeReason, totals)
  }
}
