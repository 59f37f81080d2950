import EventLoop
import HTTP2
import RPC

extension Connection {
  /// Reads per turn for one connection, so that the others get their turn.
  private static let maxReads = 4
  /// Bytes that the session gets at once. HPACK can decode them to hundreds of times as many, which
  /// are counted against the budgets after each piece.
  private static let piece = 4 * 1024

  func read() {
    guard let channel else { return }
    context.prepareInput()
    var input: [UInt8] = []
    swap(&input, &context.input)
    defer { swap(&input, &context.input) }
    for _ in 0..<Self.maxReads where isReading {
      guard let count = receive(from: channel, into: &input),
        count == input.count || channel.hasPendingInput
      else { return }
    }
    readPendingInput()
  }

  /// One read; nil when reading stops.
  private func receive(from channel: any ByteChannel, into input: inout [UInt8]) -> Int? {
    do {
      switch try channel.read(into: &input) {
      case .wouldBlock(let readiness):
        readBlocked(readiness)
        return nil
      case .end:
        close("the peer closed the connection")
        return nil
      case .bytes(let count):
        countRead(count)
        if life.isOpen { feed(input.rawBytes(first: count)) }
        return life.isOpen ? count : nil
      }
    } catch {
      close(error.description)
      return nil
    }
  }

  /// Acts on bytes that were read.
  func feed(_ bytes: RawSpan) {
    isFeeding = true
    var start = 0
    while start < bytes.byteCount, life.isOpen {
      let end = min(bytes.byteCount, start + Self.piece)
      feed(piece: bytes.extracting(start..<end))
      start = end
    }
    isFeeding = false
    armTimers()
    if isBlocked {
      bytesReadWhileBlocked += bytes.byteCount
      updateInterest()
    }
    context.throttleIfGreedy(self)
    requestFlush()
  }

  /// Takes a stream whose timer is to be armed, while it reads: most calls end in that time and
  /// never get into the loop's heap of timers.
  func armsLater(_ stream: ConnectionStream) -> Bool {
    if isFeeding { unarmed.append(stream) }
    return isFeeding
  }

  private func armTimers() {
    guard !unarmed.isEmpty else { return }
    for stream in unarmed { stream.armAtLast() }
    unarmed.removeAll(keepingCapacity: unarmed.capacity <= 128)
  }

  private func feed(piece: RawSpan) {
    do {
      try session.receive(piece)
      drainEvents()
      if session.pingsReceived != pingsSeen { countPings() }
    } catch {
      // The GOAWAY that tells the peer why comes with the session's output.
      drainEvents()
      life.sessionFailed(at: context.loop.now)
      noteIdle()
    }
  }

  private func countPings() {
    while pingsSeen < session.pingsReceived {
      pingsSeen += 1
      perform(
        life.pinged(
          at: context.loop.now, framesSent: session.messageFramesSent, context.limits.pings))
    }
  }
}
